/**
 * Writing inboxes: they are read, and written on the condition that nobody else did meanwhile, again until it holds.
 *
 * @module
 */
import type { InboxContract, ParametersOf } from '../../topics/contract/index.ts'
import { topicOf } from '../../topics/contract/index.ts'
import { backoffMs } from './backoff.ts'
import { type InboxBefore, type InboxWrite, type InboxWriter, inboxWriter } from './inbox-writes.ts'
import { LiveBusyError } from './live-writes.ts'
import type { Trace } from './bus/trace.ts'
import type { Time } from './time.ts'

/** Items of an inbox by their sequence, which an epoch gives. */
export interface InboxNames {
  readonly epoch: string
  readonly sequences: readonly number[]
}

/** `Beside`: an item of the store's transactions that is not an inbox's. */
export interface InboxStore<Beside> {
  /** Strongly read, with which of the items named are unhandled; `now` in ms since 1970. Undefined without a head. */
  read(topic: string, now: number, names?: InboxNames): Promise<InboxBefore | undefined>
  /**
   * All of it or nothing. `moved`: an inbox is not as read, or another transaction is in the way. `refused`: a condition
   * of `beside` does not hold.
   */
  write(writes: readonly InboxWrite[], beside: readonly Beside[]): Promise<'written' | 'moved' | 'refused'>
}

/** What became of a write. */
export interface InboxChange {
  /** `refused`: a condition of the caller's own items does not hold, and nothing was written. */
  readonly outcome: 'written' | 'refused'
  /** The inbox's; undefined where there is none. With a sequence it names an item. */
  readonly epoch: string | undefined
  /** Of the items added, in order; or those of the named that this very call handled or retracted. */
  readonly sequences: readonly number[]
}

/** What a call may say besides. */
export interface InboxOptions<Beside> {
  /** Items of the caller's own for the same transaction, made anew at each attempt. */
  readonly beside?: (write: InboxWrite) => readonly Beside[]
  /** What it came from, told to whoever hears of it as the extension `traceparent`. */
  readonly trace?: Trace | undefined
}

/**
 * Each call reads, writes on the condition of what it read, and tries again when another was in the way: LiveBusyError
 * after many attempts.
 *
 * To handle or retract an item twice is to do it once. To add is not: an error of AWS leaves open whether it was taken.
 * Who must not say a thing twice puts a record of its own beside it, under a condition: `refused` says it was said.
 */
export interface Inbox<Beside> {
  add<Pattern extends string, Item>(
    contract: InboxContract<Pattern, Item>,
    parameters: ParametersOf<Pattern>,
    items: readonly Item[],
    options?: InboxOptions<Beside>,
  ): Promise<InboxChange>
  /** Records that they were handled: those of them that still are unhandled. */
  handle<Pattern extends string>(
    contract: InboxContract<Pattern>,
    parameters: ParametersOf<Pattern>,
    names: InboxNames,
    options?: InboxOptions<Beside>,
  ): Promise<InboxChange>
  /** Takes items back, likewise. */
  retract<Pattern extends string>(
    contract: InboxContract<Pattern>,
    parameters: ParametersOf<Pattern>,
    names: InboxNames,
    options?: InboxOptions<Beside>,
  ): Promise<InboxChange>
  /** Takes out what is over. Answers how many that were. */
  expire(contract: InboxContract, topic: string): Promise<number>
}

export interface InboxPorts<Beside> {
  readonly store: InboxStore<Beside>
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
  readonly newEpoch?: () => string
}

/** Attempts at an inbox that others write as well. */
const attemptsMax = 20

/** A writer of inboxes. */
export function createInbox<Beside>({ store, time, random, newEpoch }: InboxPorts<Beside>): Inbox<Beside> {
  return {
    add: (contract, parameters, items, options) =>
      change(
        topicOf(contract, parameters),
        undefined,
        (writer, before) => writer.add(contract, parameters, items, before),
        options,
      ),
    handle: (contract, parameters, names, options) =>
      change(
        topicOf(contract, parameters),
        names,
        (writer, before) => writer.handle(contract, parameters, names.sequences, before),
        options,
      ),
    retract: (contract, parameters, names, options) =>
      change(
        topicOf(contract, parameters),
        names,
        (writer, before) => writer.retract(contract, parameters, names.sequences, before),
        options,
      ),
    async expire(contract, topic) {
      const { sequences } = await change(topic, undefined, (writer, before) =>
        writer.expire(contract, topic, before),
      )
      return sequences.length
    },
  }

  async function change(
    topic: string,
    names: InboxNames | undefined,
    next: (writer: InboxWriter, before: InboxBefore | undefined) => InboxWrite,
    { beside, trace }: InboxOptions<Beside> = {},
  ): Promise<InboxChange> {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const now = time.now()
      const at = new Date(now).toISOString()
      const before = await store.read(topic, now, names)
      const write = next(inboxWriter({ at, trace, ...(newEpoch ? { newEpoch } : {}) }), before)
      const outcome = await store.write([write], beside?.(write) ?? [])
      if (outcome === 'written') {
        const epoch = (write.topic?.head ?? before?.head)?.epoch
        return { outcome, epoch, sequences: write.sequences }
      }
      if (outcome === 'refused') return { outcome, epoch: before?.head.epoch, sequences: [] }
      await time.sleep(backoffMs(attempt, { baseMs: 10, capMs: 200 }, random))
    }
    throw new LiveBusyError(`others wrote ${topic} at each of ${attemptsMax} attempts: try again in a moment`)
  }
}
