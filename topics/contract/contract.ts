/**
 * A topic contract: one file in `topics/` says everything about a topic, and everything else is derived from it.
 * `define.ts` makes them.
 *
 * @module
 */
import type { Access } from './access.ts'
import { TopicContractError } from './errors.ts'
import { fillPattern, matchPattern, type ParametersOf } from './pattern.ts'
import { describeIssues, type StandardSchema, validateNow } from './standard-schema.ts'

/** What a contract expects of its topics, for the bill, the quotas and the load test. All of it at the busiest. */
export interface Load {
  /** People who hear one topic at the same time. Default: 1000. */
  readonly audience: number
  /** Changes (state), entries (feed, inbox) or messages (signal) a second and topic, before the pace. Default: 1. */
  readonly rate: number
  /** Who publishes to one topic at the same time; only a signal's publishers are connections. Default: 1. */
  readonly publishers: number
  /** Topics of this contract in use at the same time. Default: 1. */
  readonly topics: number
  /** Hours a month that it is as busy as this; nothing is said in the others. Default: 730, the whole month. */
  readonly hoursPerMonth: number
}

interface Contract<Pattern extends string> {
  readonly topic: Pattern
  readonly subscribe: Access
  /** Largest message, bytes as AWS meters them. */
  readonly maxBytes: number
  /** CloudEvents `type`, from the pattern's words: `campaigns.total.changed`. */
  readonly type: string
  /** Raised when a change of the schema would mislead who reads by an older one. Stands in every message. */
  readonly version: number
  readonly load: Load
  /** US dollars a month that `fanfare check` lets this contract cost; absent: no bound. */
  readonly budgetPerMonth?: number
}

interface Recorded {
  /** The shortest time between two messages of a topic, seconds. */
  readonly paceSeconds: number
  /** `auto`: stretched with the watchers counted, so that the account's quotas hold; the message says how far. */
  readonly pace: 'fixed' | 'auto'
}

/** The latest value wins. */
export interface StateContract<Pattern extends string = string, Payload = unknown>
  extends Contract<Pattern>, Recorded {
  readonly kind: 'state'
  readonly payload: StandardSchema<unknown, Payload>
}

/** An ordered log: every entry once, in order, or the exact gap. */
export interface FeedContract<Pattern extends string = string, Entry = unknown>
  extends Contract<Pattern>, Recorded {
  readonly kind: 'feed'
  readonly entry: StandardSchema<unknown, Entry>
  readonly overflow: 'gap' | 'recover'
}

/** One person's durable queue: a log with a recorded set of handled items. */
export interface InboxContract<Pattern extends string = string, Item = unknown>
  extends Contract<Pattern>, Recorded {
  readonly kind: 'inbox'
  readonly item: StandardSchema<unknown, Item>
  /** How long an unhandled item is kept, seconds. */
  readonly keepSeconds: number
}

/** Fire and forget: at most once, no order, nothing recorded. */
export interface SignalContract<
  Pattern extends string = string,
  Payload = unknown,
  Reply = unknown,
> extends Contract<Pattern> {
  readonly kind: 'signal'
  readonly payload: StandardSchema<unknown, Payload>
  /** Who may publish by MQTT. */
  readonly publish: Access
  /** What an answer looks like, when a publish of this topic is a request (`client.request`). */
  readonly reply?: StandardSchema<unknown, Reply>
}

/** A contract whose topics have a head in the live table. */
export type RecordedContract = StateContract | FeedContract | InboxContract

export type TopicContract = RecordedContract | SignalContract

/** The value, entry, item or message that a contract carries. */
export type PayloadOf<C> =
  C extends StateContract<string, infer Payload>
    ? Payload
    : C extends FeedContract<string, infer Entry>
      ? Entry
      : C extends InboxContract<string, infer Item>
        ? Item
        : C extends SignalContract<string, infer Payload, infer _Reply>
          ? Payload
          : never

/** The answer to a request on a signal's topic. */
export type ReplyOf<C> = C extends SignalContract<string, infer _Payload, infer Reply> ? Reply : never

/** Whether topics of the contract have a head in the live table. */
export function isRecorded(contract: TopicContract): contract is RecordedContract {
  return contract.kind !== 'signal'
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
