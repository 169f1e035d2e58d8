/**
 * An AsyncAPI 3.0 document of the contracts: what the service sends and receives, over MQTT 5 on AWS IoT Core.
 * https://www.asyncapi.com/docs/reference/specification/v3.0.0
 *
 * @module
 */
import type { LocatedContract } from '../check/located-contract.ts'
import type { Access } from '../contract/access.ts'
import { messageContentType } from '../contract/message.ts'
import { parsePattern } from '../contract/pattern.ts'
import { messageBound } from '../cost/message-bytes.ts'
import type { ContractEstimate } from '../cost/estimate.ts'
import { jsonSchemaOf, type JsonSchema } from '../json-schema/json-schema.ts'
import { exampleMessage, exampleParameter } from './example-message.ts'
import { envelopeSchema, replySchema } from './envelope-schema.ts'
import { hoist } from './hoist.ts'
import { bindingVersion, receiving, sending } from './operations.ts'
import { securitySchemes, servers } from './servers.ts'

/** What a channel's `x-fanfare` says beside AsyncAPI's own words. */
export interface ChannelFacts {
  readonly kind: 'state' | 'feed' | 'inbox' | 'signal'
  readonly version: number
  readonly subscribe: Access
  readonly publish?: Access
  readonly overflow?: 'gap' | 'recover'
  readonly keepSeconds?: number
  readonly pace?: 'fixed' | 'auto'
  readonly paceSeconds?: number
  /** Largest message, and what the schema allows one value of it, bytes as AWS meters them. */
  readonly maxBytes: number
  readonly largestBytes: number
  readonly load: LocatedContract['contract']['load']
  readonly budgetPerMonth?: number
  /** By the declared load; absent where it was not reckoned. */
  readonly cost?: {
    readonly region: string
    readonly dollars: number
    readonly messages: number
    readonly units: number
  }
}

export interface AsyncApiChannel {
  readonly address: string
  readonly title: string
  readonly description: string
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>
  readonly 'x-fanfare'?: ChannelFacts
}

export interface AsyncApiMessage {
  readonly name: string
  readonly title: string
  readonly summary: string
  readonly contentType: string
  readonly payload: JsonSchema
  readonly bindings: unknown
  readonly examples: readonly { readonly name: string; readonly payload: unknown }[]
}

export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly defaultContentType: string
  readonly servers: unknown
  readonly channels: Readonly<Record<string, AsyncApiChannel>>
  readonly operations: Readonly<Record<string, unknown>>
  readonly components: {
    readonly securitySchemes: unknown
    readonly messages: Readonly<Record<string, AsyncApiMessage>>
    readonly schemas: Readonly<Record<string, JsonSchema>>
  }
}

export interface DocumentOptions {
  readonly title: string
  /** Of the document. */
  readonly version: string
  /** From `estimate(declaredMonth(…))`, with the Region it was for. */
  readonly costs?: { readonly region: string; readonly contracts: readonly ContractEstimate[] }
}

/** A contract that cannot be documented. */
export class UndocumentedContractError extends Error {
  override readonly name = 'UndocumentedContractError'
  readonly code = 'NO_JSON_SCHEMA'
}

/** The document. Throws UndocumentedContractError for a contract whose schema gives no JSON Schema. */
export function asyncApiDocument(
  contracts: readonly LocatedContract[],
  options: DocumentOptions,
): AsyncApiDocument {
  const channels: Record<string, AsyncApiChannel> = {}
  const operations: Record<string, unknown> = {}
  const messages: Record<string, AsyncApiMessage> = {}
  const schemas: Record<string, JsonSchema> = {}
  const costs = new Map(options.costs?.contracts.map((cost) => [cost.topic, cost]))
  for (const located of contracts) {
    const { name, contract } = located
    const bound = messageBound(contract)
    if ('problem' in bound) throw undocumented(located, bound.problem)
    const data = hoist(bound.schema, `${name}Data`, schemas)
    messages[name] = {
      name: contract.type,
      title: titleOf(name),
      summary: located.description,
      contentType: messageContentType,
      payload: envelopeSchema(contract, data),
      bindings: { mqtt: { contentType: messageContentType, bindingVersion } },
      examples: [{ name: 'example', payload: exampleMessage(contract, bound.schema) }],
    }
    channels[name] = channel(located, bound.bytes, costs.get(contract.topic), options.costs?.region)
    operations[`send${capital(name)}`] = sending(located)
    if (contract.kind !== 'signal') continue
    const reply = contract.reply && jsonSchemaOf(contract.reply)
    if (reply && 'problem' in reply) throw undocumented(located, reply.problem)
    operations[`receive${capital(name)}`] = receiving(located)
    if (!reply) continue
    messages[`${name}Reply`] = replyMessage(located, hoist(reply.schema, `${name}ReplyData`, schemas))
    channels['replies'] = repliesChannel(channels['replies'], name)
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: options.title,
      version: options.version,
      description:
        'What the service sends and receives on the topics of AWS IoT Core, made from the topic contracts. The server sends a recorded topic (state, feed, inbox); signals go from client to client.',
    },
    defaultContentType: messageContentType,
    servers,
    channels,
    operations,
    components: { securitySchemes, messages, schemas },
  }
}

function channel(
  { name, contract, description }: LocatedContract,
  largestBytes: number,
  cost: ContractEstimate | undefined,
  region: string | undefined,
): AsyncApiChannel {
  const parameters = parsePattern(contract.topic).flatMap(({ parameter }) => parameter ?? [])
  const { kind, version, subscribe, maxBytes, load, budgetPerMonth } = contract
  return {
    address: contract.topic,
    title: titleOf(name),
    description,
    ...(parameters.length === 0
      ? {}
      : {
          parameters: Object.fromEntries(
            parameters.map((parameter) => [
              parameter,
              { description: '1 to 64 letters, digits, - or _', examples: [exampleParameter(parameter)] },
            ]),
          ),
        }),
    messages: { [name]: { $ref: `#/components/messages/${name}` } },
    'x-fanfare': {
      kind,
      version,
      subscribe,
      ...(kind === 'signal' ? { publish: contract.publish } : {}),
      ...(kind === 'feed' ? { overflow: contract.overflow } : {}),
      ...(kind === 'inbox' ? { keepSeconds: contract.keepSeconds } : {}),
      ...(kind === 'signal' ? {} : { pace: contract.pace, paceSeconds: contract.paceSeconds }),
      maxBytes,
      largestBytes,
      load,
      ...(budgetPerMonth === undefined ? {} : { budgetPerMonth }),
      ...(cost && region !== undefined
        ? {
            cost: {
              region,
              dollars: cost.dollars,
              messages: cost.messages,
              units: Object.values(cost.units).reduce((sum: number, units: number) => sum + units, 0),
            },
          }
        : {}),
    },
  }
}

function repliesChannel(before: AsyncApiChannel | undefined, name: string): AsyncApiChannel {
  return {
    address: 'replies/{clientId}',
    title: 'Answers',
    description:
      'Answers to requests: each at the response topic and with the correlation data of its request. Only who asked hears them.',
    parameters: { clientId: { description: 'the client ID of who asked' } },
    messages: { ...before?.messages, [`${name}Reply`]: { $ref: `#/components/messages/${name}Reply` } },
  }
}

function replyMessage({ name, contract }: LocatedContract, data: JsonSchema): AsyncApiMessage {
  return {
    name: `${contract.type}.reply`,
    title: `${titleOf(name)}: answer`,
    summary: `The answer to a request on ${contract.topic}`,
    contentType: messageContentType,
    payload: replySchema(contract, data),
    bindings: {
      mqtt: {
        contentType: messageContentType,
        correlationData: { type: 'string', description: "the request's, 16 bytes" },
        bindingVersion,
      },
    },
    examples: [],
  }
}

function undocumented({ name, contract, file, line }: LocatedContract, problem: string): Error {
  return new UndocumentedContractError(
    `${file}:${line}: ${name} (${contract.topic}) cannot be documented: ${problem}; use a library that gives JSON Schema: Valibot, Zod 4.2 or newer, ArkType`,
  )
}

/** `campaignTotal` → `Campaign total`. */
export function titleOf(name: string): string {
  return capital(
    name.replaceAll(/([a-z0-9])([A-Z])/g, (_, last: string, next: string) => `${last} ${next.toLowerCase()}`),
  )
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
