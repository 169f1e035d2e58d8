/**
 * A topic contract: one file in `topics/` says everything about a topic, and everything else is derived from it.
 *
 * @module
 */
import type { Access } from './access.ts'
import { meteredUnitBytes, payloadBytesMax } from './aws-limits.ts'
import { TopicContractError } from './errors.ts'
import { fillPattern, matchPattern, type ParametersOf, parsePattern } from './pattern.ts'
import { describeIssues, type StandardSchema, validateNow } from './standard-schema.ts'

interface CommonOptions<Pattern extends string> {
  /** The pattern of the topic's name: `campaigns/{campaignId}/total`. At most 7 slashes and 256 bytes. */
  readonly topic: Pattern
  /** Who may subscribe, and read by `/state` and `/events`. */
  readonly subscribe: Access
  /** Shortest time between two messages of a topic, seconds. Default: 1, AWS's limit for a retained topic. */
  readonly paceSeconds?: number
  /** Largest message, bytes as AWS meters them: topic name, content type and payload. Default: 5120, one unit. At most 131072. */
  readonly maxBytes?: number
}

export interface StateOptions<Pattern extends string, Payload> extends CommonOptions<Pattern> {
  /** The value's schema, of any library that speaks Standard Schema. */
  readonly payload: StandardSchema<unknown, Payload>
}

export interface FeedOptions<Pattern extends string, Entry> extends CommonOptions<Pattern> {
  /** One entry's schema, of any library that speaks Standard Schema. */
  readonly entry: StandardSchema<unknown, Entry>
  /**
   * What happens when more entries come between two messages than `maxBytes` holds. `gap`: the message carries the
   * newest that fit and says which it left out, and clients report that gap. `recover`: clients read what was left
   * out from the log. Default: `gap`, which costs a reader nothing however fast the feed runs.
   */
  readonly overflow?: 'gap' | 'recover'
}

interface Contract<Pattern extends string> {
  readonly topic: Pattern
  readonly subscribe: Access
  readonly paceSeconds: number
  readonly maxBytes: number
  /** CloudEvents `type`, from the pattern's words: `campaigns.total.changed`. */
  readonly type: string
}

/** The latest value wins. */
export interface StateContract<Pattern extends string = string, Payload = unknown> extends Contract<Pattern> {
  readonly kind: 'state'
  readonly payload: StandardSchema<unknown, Payload>
}

/** An ordered log: every entry once, in order, or the exact gap. */
export interface FeedContract<Pattern extends string = string, Entry = unknown> extends Contract<Pattern> {
  readonly kind: 'feed'
  readonly entry: StandardSchema<unknown, Entry>
  readonly overflow: 'gap' | 'recover'
}

export type TopicContract = StateContract | FeedContract

/** The value or entry that a contract carries. */
export type PayloadOf<C> =
  C extends StateContract<string, infer Payload>
    ? Payload
    : C extends FeedContract<string, infer Entry>
      ? Entry
      : never

/** Defaults of a contract, and the only place that has them. */
export const contractDefaults = { paceSeconds: 1, maxBytes: meteredUnitBytes, overflow: 'gap' } as const

/** A topic with one current value. Throws TopicContractError when it breaks a limit of AWS. */
export function state<const Pattern extends string, Payload>(
  options: StateOptions<Pattern, Payload>,
): StateContract<Pattern, Payload> {
  return { ...common(options, 'changed'), kind: 'state', payload: options.payload }
}

/** A topic with an ordered log. Throws TopicContractError when it breaks a limit of AWS. */
export function feed<const Pattern extends string, Entry>(
  options: FeedOptions<Pattern, Entry>,
): FeedContract<Pattern, Entry> {
  const overflow = options.overflow ?? contractDefaults.overflow
  if (overflow !== 'gap' && overflow !== 'recover') {
    invalid(
      options.topic,
      `overflow is 'gap' or 'recover'; got ${JSON.stringify(overflow)}`,
      'choose one of the two',
    )
  }
  return { ...common(options, 'appended'), kind: 'feed', entry: options.entry, overflow }
}

function common<Pattern extends string>(options: CommonOptions<Pattern>, verb: string): Contract<Pattern> {
  const segments = parsePattern(options.topic)
  const { paceSeconds = contractDefaults.paceSeconds, maxBytes = contractDefaults.maxBytes } = options
  if (!Number.isFinite(paceSeconds) || paceSeconds < 1 || paceSeconds > 3600) {
    invalid(
      options.topic,
      `paceSeconds is ${paceSeconds}`,
      'AWS IoT Core takes one retained message a second and topic: use 1 to 3600',
    )
  }
  if (!Number.isInteger(maxBytes) || maxBytes < 1024 || maxBytes > payloadBytesMax) {
    invalid(
      options.topic,
      `maxBytes is ${maxBytes}`,
      `use 1024 to ${payloadBytesMax}, the largest publish AWS IoT Core takes`,
    )
  }
  if (options.subscribe.rule === 'claim') {
    const { claim } = options.subscribe
    if (!segments.some((segment) => segment.parameter === claim)) {
      invalid(
        options.topic,
        `claim('${claim}') names no parameter of the pattern`,
        `put {${claim}} into the pattern`,
      )
    }
  }
  const words = segments.flatMap((segment) => segment.literal ?? [])
  return {
    topic: options.topic,
    subscribe: options.subscribe,
    paceSeconds,
    maxBytes,
    type: [...words, verb].join('.'),
  }
}

function invalid(topic: string, problem: string, remedy: string): never {
  throw new TopicContractError('INVALID_OPTION', `topic contract ${topic}: ${problem}`, remedy)
}

/** The topic name of a contract for these parameters. Throws TopicContractError for an unfit parameter. */
export function topicOf<Pattern extends string>(
  contract: { readonly topic: Pattern },
  parameters: ParametersOf<Pattern>,
): string {
  return fillPattern(contract.topic, parameters)
}

/** The contract among `contracts` that a topic name belongs to, with its parameters. */
export function findContract<C extends { readonly topic: string }>(
  contracts: readonly C[],
  topic: string,
): { contract: C; parameters: Record<string, string> } | undefined {
  for (const contract of contracts) {
    const parameters = matchPattern(contract.topic, topic)
    if (parameters) return { contract, parameters }
  }
  return undefined
}

/** The value as its schema gives it back. Throws TopicContractError that names what does not fit. */
export function validatePayload<Payload>(
  contract: { readonly topic: string },
  schema: StandardSchema<unknown, Payload>,
  value: unknown,
): Payload {
  const result = validateNow(schema, value)
  if (result.issues) {
    throw new TopicContractError(
      'INVALID_PAYLOAD',
      `payload of ${contract.topic}: ${describeIssues(result.issues)}`,
      'change the payload or the contract',
    )
  }
  return result.value
}
