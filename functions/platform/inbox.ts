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

/** An inbox that a transaction writes, with the items that are to be handled or retracted. */
export interface InboxRead {
  readonly topic: string
  readonly names?: InboxNames | undefined
}

/** What a transaction writes: `inboxes` as the writer made them, `beside` the caller's own. */
export interface InboxPlan<Beside> {
  readonly inboxes: readonly InboxWrite[]
  readonly beside?: readonly Beside[]
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
    beside?: (write: InboxWrite) => readonly Beside[],
  ): Promise<InboxChange>
  /** Records that they were handled: those of them that still are unhandled. */
  handle<Pattern extends string>(
    contract: InboxContract<Pattern>,
    parameters: ParametersOf<Pattern>,
    names: InboxNames,
    beside?: (write: InboxWrite) => readonly Beside[],
  ): Promise<InboxChange>
  /** Takes items back, likewise. */
  retract<Pattern extends string>(
    contract: InboxContract<Pattern>,
    parameters: ParametersOf<Pattern>,
    names: InboxNames,
    beside?: (write: InboxWrite) => readonly Beside[],
  ): Promise<InboxChange>
  /** Takes out what is over. Answers how many that were. */
  expire(contract: InboxContract, topic: string): Promise<number>
  /**
   * Several inboxes and the caller's own items in one transaction. `plan` is asked anew at each attempt, with the
   * inboxes as they are then, and reads what else it goes by; an empty plan writes nothing.
   *
   * ```ts
   * await inbox.transact({ from: { topic: a, names }, to: { topic: b } }, async (writer, { from, to }) => ({
   *   inboxes: [
   *     writer.retract(agentSuggestions, { agentId: 'a' }, names.sequences, from),
   *     writer.add(agentSuggestions, { agentId: 'b' }, [suggestion], to),
   *   ],
   *   beside: [moveSuggestion],
   * }))
   * ```
   */
  transact<Name extends string>(
    reads: Readonly<Record<Name, InboxRead>>,
    plan: (
      writer: InboxWriter,
      befores: InboxBefores<Name>,
    ) => Promise<InboxPlan<Beside>> | InboxPlan<Beside>,
  ): Promise<'written' | 'refused'>
}

/** The inboxes of a transaction as they were read, by the names that its caller gave them. */
export type InboxBefores<Name extends string> = Readonly<Record<Name, InboxBefore | undefined>>

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
    add: (contract, parameters, items, beside) =>
      change(topicOf(contract, parameters), undefined, beside, (writer, before) =>
        writer.add(contract, parameters, items, before),
      ),
    handle: (contract, parameters, names, beside) =>
      change(topicOf(contract, parameters), names, beside, (writer, before) =>
        writer.handle(contract, parameters, names.sequences, before),
      ),
    retract: (contract, parameters, names, beside) =>
      change(topicOf(contract, parameters), names, beside, (writer, before) =>
        writer.retract(contract, parameters, names.sequences, before),
      ),
    async expire(contract, topic) {
      const { sequences } = await change(topic, undefined, undefined, (writer, before) =>
        writer.expire(contract, topic, before),
      )
      return sequences.length
    },
    transact,
  }

  async function change(
    topic: string,
    names: InboxNames | undefined,
    beside: ((write: InboxWrite) => readonly Beside[]) | undefined,
    next: (writer: InboxWriter, before: InboxBefore | undefined) => InboxWrite,
  ): Promise<InboxChange> {
    let made: InboxWrite | undefined
    let epoch: string | undefined
    const outcome = await transact({ inbox: { topic, names } }, (writer, { inbox: before }) => {
      made = next(writer, before)
      epoch = (made.topic?.head ?? before?.head)?.epoch
      return { inboxes: [made], beside: beside?.(made) ?? [] }
    })
    return { outcome, epoch, sequences: outcome === 'written' ? (made?.sequences ?? []) : [] }
  }

  async function transact<Name extends string>(
    reads: Readonly<Record<Name, InboxRead>>,
    plan: (
      writer: InboxWriter,
      befores: InboxBefores<Name>,
    ) => Promise<InboxPlan<Beside>> | InboxPlan<Beside>,
  ): Promise<'written' | 'refused'> {
    const names = Object.keys(reads) as Name[]
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const now = time.now()
      const writer = inboxWriter({ at: new Date(now).toISOString(), ...(newEpoch ? { newEpoch } : {}) })
      const befores = await Promise.all(
        names.map(
          async (name) => [name, await store.read(reads[name].topic, now, reads[name].names)] as const,
        ),
      )
      const { inboxes, beside = [] } = await plan(writer, Object.fromEntries(befores) as InboxBefores<Name>)
      const outcome = await store.write(inboxes, beside)
      if (outcome !== 'moved') return outcome
      await time.sleep(backoffMs(attempt, { baseMs: 10, capMs: 200 }, random))
    }
    const topics = names.map((name) => reads[name].topic).join(', ')
    throw new LiveBusyError(
      `others wrote ${topics} at each of ${attemptsMax} attempts: try again in a moment`,
    )
  }
}
