/**
 * The condition keys and policy variables that IoT Core has, and what they are for one connection or request.
 * docs/aws-iot-core.md §6.
 *
 * @module
 */
import type { Variables } from './wildcard.ts'

/** Values of the condition keys that only this request has, by their names as AWS writes them. */
export type ConditionContext = Readonly<Record<string, readonly string[]>>

/** A registered thing, for the `iot:Connection.Thing.…` variables of the client whose ID is its name. */
export interface Thing {
  readonly thingName: string
  readonly thingTypeName?: string
  readonly attributes?: Readonly<Record<string, string>>
  /** Principals it is attached to. Default: none. */
  readonly principals?: readonly string[]
}

/** Keys that are known to AWS: one that a request does not have is missing, as IAM has it. Any other is unknown here. */
const ofRequests = new Set(
  [
    'iot:ConnectAttributes',
    'iot:LastWillTopic',
    'iot:Topic',
    'iot:IncludeSocketInformation',
    'iot:ClientId',
    'iot:DomainName',
    'iot:Connection.Thing.ThingName',
    'iot:Connection.Thing.ThingTypeName',
    'iot:Connection.Thing.IsAttached',
    'aws:SourceIp',
    'aws:SecureTransport',
    'aws:UserAgent',
    // There is no VPC on this machine.
    'aws:SourceVpc',
    'aws:SourceVpce',
    'aws:VpcSourceIp',
  ].map((name) => name.toLowerCase()),
)

/** Keys whose value is another at each decision, so that none may be remembered. */
const ofTime = new Set(['aws:currenttime', 'aws:epochtime'])

/** Whether AWS knows the key, given in lower case. */
export function isKnownKey(key: string): boolean {
  return ofRequests.has(key) || ofTime.has(key) || key.startsWith('iot:connection.thing.attributes[')
}

/** Whether a decision that asks this key, given in lower case, may not be remembered. */
export function isOfTime(key: string): boolean {
  return ofTime.has(key)
}

export interface VariableSource {
  readonly clientId: string | undefined
  readonly sourceIp: string
  readonly domainName: string
  readonly principal: string
  readonly thing?: Thing | undefined
}

/** The variables of a connection or a request, by their names in lower case. */
export function variablesOf({ clientId, sourceIp, domainName, principal, thing }: VariableSource): Variables {
  return {
    'iot:clientid': clientId,
    'iot:domainname': domainName,
    'aws:sourceip': sourceIp,
    // AWS has TLS at every door; what has none here stands for one that has.
    'aws:securetransport': 'true',
    ...(thing ? variablesOfThing(thing, principal) : {}),
  }
}

function variablesOfThing(thing: Thing, principal: string): Variables {
  const attributes = Object.entries(thing.attributes ?? {}).map(([name, value]) => [
    `iot:connection.thing.attributes[${name.toLowerCase()}]`,
    value,
  ])
  return {
    'iot:connection.thing.thingname': thing.thingName,
    'iot:connection.thing.thingtypename': thing.thingTypeName,
    'iot:connection.thing.isattached': String(thing.principals?.includes(principal) ?? false),
    ...(Object.fromEntries(attributes) as Record<string, string>),
  }
}
