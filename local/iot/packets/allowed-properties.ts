/**
 * Which MQTT 5 properties a client's packets may have (MQTT 5.0 section 2.2.2.2): the parser takes any in any. Pure.
 *
 * @module
 */
import type { Packet } from 'mqtt-packet'
import { MalformedPacketError } from '../wire/parse-packet.ts'

const acknowledgement: ReadonlySet<string> = new Set(['reasonString', 'userProperties'])

const allowed: Readonly<Partial<Record<Packet['cmd'], ReadonlySet<string>>>> = {
  connect: new Set([
    'sessionExpiryInterval',
    'receiveMaximum',
    'maximumPacketSize',
    'topicAliasMaximum',
    'requestResponseInformation',
    'requestProblemInformation',
    'userProperties',
    'authenticationMethod',
    'authenticationData',
  ]),
  publish: new Set([
    'payloadFormatIndicator',
    'messageExpiryInterval',
    'topicAlias',
    'responseTopic',
    'correlationData',
    'userProperties',
    'contentType',
    // No client may send it, and AWS has a reason code for those that do: docs/aws-iot-core.md §2.2.
    'subscriptionIdentifier',
  ]),
  puback: acknowledgement,
  subscribe: new Set(['subscriptionIdentifier', 'userProperties']),
  unsubscribe: new Set(['userProperties']),
  disconnect: new Set(['sessionExpiryInterval', 'reasonString', 'userProperties']),
}

const allowedInWill: ReadonlySet<string> = new Set([
  'willDelayInterval',
  'payloadFormatIndicator',
  'messageExpiryInterval',
  'contentType',
  'responseTopic',
  'correlationData',
  'userProperties',
])

/** Throws MalformedPacketError for a property that is another packet's. */
export function checkPropertyNames(packet: Packet): void {
  if ('properties' in packet && packet.properties) check(packet.cmd, packet.properties, allowed[packet.cmd])
  if (packet.cmd === 'connect' && packet.will?.properties)
    check('Will', packet.will.properties, allowedInWill)
}

function check(what: string, properties: object, names: ReadonlySet<string> | undefined): void {
  if (!names) return
  for (const name of Object.keys(properties))
    if (!names.has(name)) throw new MalformedPacketError(`the property ${name} is none of ${what}`)
}
