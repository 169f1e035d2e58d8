/**
 * Writing live topics: a domain's transaction carries the next head of a topic, and a feed's segment, beside its own
 * items. The table's stream publishes them; nothing else does.
 *
 * @module
 */
import { ulid } from 'ulid'
import {
  type FeedContract,
  type FeedEntry,
  type ParametersOf,
  type Position,
  type StateContract,
  topicOf,
  validatePayload,
} from '../../topics/contract/index.ts'
import type { Trace } from './bus/trace.ts'

/** A topic's head as the table has it. */
export interface Head {
  readonly topic: string
  readonly epoch: string
  readonly sequence: number
  /** A state's value as JSON; absent on a feed. */
  readonly value?: string
  /** RFC 3339. */
  readonly at: string
  /** A feed's log is complete after this sequence. */
  readonly floor: number
  /** An inbox's items that are neither handled, retracted nor expired; absent on the other kinds. */
  readonly unread?: number
  /** An inbox's: none of its items expires before this, ms since 1970; absent when it has none. */
  readonly dueAt?: number
  /** The traceparent of what this head came from; absent when nobody asked for a trace. */
  readonly trace?: string
}

/** A piece of a feed's log: the entries `first` to `last`. */
export interface Segment {
  readonly epoch: string
  readonly first: number
  readonly last: number
  /** JSON list of entries as on the wire. */
  readonly entries: string
  readonly at: string
  /** Kept until then, seconds since 1970; absent: for ever. */
  readonly expiresAt?: number
}

/** Where a topic's broadcast stands; `at` in ms since 1970 is when it was sent, and the pace counts from it. */
export interface Published extends Position {
  readonly at: number
}

/** What one topic adds to a transaction. */
export interface TopicWrite {
  /** The head to put. */
  readonly head: Head
  /** The head as it was read: the put's condition. Undefined when there was none; then the topic is listed as well. */
  readonly before: Head | undefined
  readonly segment?: Segment
}

export interface TopicWriterOptions {
  /** RFC 3339: when this is written. */
  readonly at: string
  /** A new ULID. Default: ulid of now. */
  readonly newEpoch?: () => string
  /** Told to whoever hears of it. */
  readonly trace?: Trace | undefined
}

/** Makes the pieces of one transaction. The payload is checked by its contract; TopicContractError when it does not fit. */
export interface TopicWriter {
  /** The state's next value. */
  set<Pattern extends string, Payload>(
    contract: StateContract<Pattern, Payload>,
    parameters: ParametersOf<Pattern>,
    value: Payload,
    before: Head | undefined,
  ): TopicWrite
  /** The feed's next entries; an empty list makes the head of a feed that has none. */
  append<Pattern extends string, Entry>(
    contract: FeedContract<Pattern, Entry>,
    parameters: ParametersOf<Pattern>,
    entries: readonly FeedEntry<Entry>[],
    before: Head | undefined,
  ): TopicWrite
}

/**
 * A writer for one transaction.
 *
 * ```ts
 * const write = topicWriter({ at })
 * const topics = [write.set(campaignTotal, { campaignId }, total, heads.total)]
 * ```
 */
export function topicWriter({ at, newEpoch = ulid, trace }: TopicWriterOptions): TopicWriter {
  return {
    set(contract, parameters, value, before) {
      const checked = validatePayload(contract, contract.payload, value)
      const next = nextHead(topicOf(contract, parameters), before, 1)
      return { head: { ...next, value: JSON.stringify(checked) }, before }
    },
    append(contract, parameters, entries, before) {
      const checked = entries.map((entry) =>
        'value' in entry ? { value: validatePayload(contract, contract.entry, entry.value) } : entry,
      )
      const head = nextHead(topicOf(contract, parameters), before, entries.length)
      if (entries.length === 0) return { head, before }
      return {
        head,
        before,
        segment: {
          epoch: head.epoch,
          first: head.sequence - entries.length + 1,
          last: head.sequence,
          entries: JSON.stringify(checked),
          at,
        },
      }
    },
  }

  function nextHead(topic: string, before: Head | undefined, by: number): Head {
    return {
      topic,
      epoch: before?.epoch ?? newEpoch(),
      sequence: (before?.sequence ?? 0) + by,
      at,
      floor: before?.floor ?? 0,
      ...(trace ? { trace: trace.traceparent } : {}),
    }
  }
}

/** The value of a state's head. Throws TopicContractError when what the table holds no longer fits the contract. */
export function headValue<Payload>(contract: StateContract<string, Payload>, head: Head): Payload {
  return validatePayload(contract, contract.payload, JSON.parse(head.value ?? 'null'))
}
