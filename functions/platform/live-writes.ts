/**
 * Writing one topic by itself: its head is read, and written on the condition that nobody else did meanwhile. Whoever
 * writes a topic together with other items uses `topicWriter` in a transaction of its own.
 *
 * @module
 */
import type {
  FeedContract,
  FeedEntry,
  ParametersOf,
  Position,
  StateContract,
} from '../../topics/contract/index.ts'
import { topicOf } from '../../topics/contract/index.ts'
import { backoffMs } from './backoff.ts'
import type { Trace } from './bus/trace.ts'
import { type Head, topicWriter, type TopicWrite, type TopicWriter } from './live-table.ts'
import type { Time } from './time.ts'

export interface LiveStore {
  /** Strongly read. */
  readHead(topic: string): Promise<Head | undefined>
  /** `moved` when the head is not as read, or another transaction is in the way. */
  write(topics: readonly TopicWrite[]): Promise<'written' | 'moved'>
}

/** The live table, a topic at a time. Each call answers where the topic stands then. */
export interface Live {
  /** The state's next value. Throws TopicContractError when it does not fit, LiveBusyError after many attempts. */
  set<Pattern extends string, Payload>(
    contract: StateContract<Pattern, Payload>,
    parameters: ParametersOf<Pattern>,
    value: Payload,
    options?: LiveWriteOptions,
  ): Promise<Position>
  /**
   * The feed's next entries; likewise. An error of AWS leaves open whether they were taken: what must not be said twice
   * belongs into a transaction with a record of its own.
   */
  append<Pattern extends string, Entry>(
    contract: FeedContract<Pattern, Entry>,
    parameters: ParametersOf<Pattern>,
    entries: readonly FeedEntry<Entry>[],
    options?: LiveWriteOptions,
  ): Promise<Position>
}

/** What a write tells besides its value. */
export interface LiveWriteOptions {
  /** What it came from, told to whoever hears of it as the extension `traceparent`. */
  readonly trace?: Trace | undefined
}

export interface LivePorts {
  readonly store: LiveStore
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
  readonly newEpoch?: () => string
}

/** Others wrote the topic at each attempt. The same call may succeed in a moment. */
export class LiveBusyError extends Error {
  override readonly name = 'LiveBusyError'
  readonly code = 'LIVE_BUSY'
  readonly retryable = true
}

/** Attempts at a head that others write as well. */
const attemptsMax = 20

/** A writer of single topics. */
export function createLive({ store, time, random, newEpoch }: LivePorts): Live {
  return {
    set: async (contract, parameters, value, options) =>
      write(
        topicOf(contract, parameters),
        (writer, before) => writer.set(contract, parameters, value, before),
        options,
      ),
    append: async (contract, parameters, entries, options) =>
      write(
        topicOf(contract, parameters),
        (writer, before) => writer.append(contract, parameters, entries, before),
        options,
      ),
  }

  async function write(
    topic: string,
    next: (writer: TopicWriter, before: Head | undefined) => TopicWrite,
    { trace }: LiveWriteOptions = {},
  ): Promise<Position> {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const at = new Date(time.now()).toISOString()
      const writer = topicWriter({ at, trace, ...(newEpoch ? { newEpoch } : {}) })
      const change = next(writer, await store.readHead(topic))
      if ((await store.write([change])) === 'written') {
        const { epoch, sequence } = change.head
        return { epoch, sequence }
      }
      await time.sleep(backoffMs(attempt, { baseMs: 10, capMs: 200 }, random))
    }
    throw new LiveBusyError(`others wrote ${topic} at each of ${attemptsMax} attempts: try again in a moment`)
  }
}
