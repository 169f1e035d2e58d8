/**
 * Writing an inbox: a domain's transaction carries the next head of an inbox, the piece of its log and the records of
 * its items beside its own items, as live-table.ts does for a state or a feed. `inbox.ts` is for who has no items of
 * its own, dynamodb-inbox.ts makes the transaction.
 *
 * An item stands as a record of its own until it is handled, taken back or too old; so what is unhandled is read
 * without the log. `unread` on the head counts those records: every write changes both in one transaction, on the
 * condition that the head is as read.
 *
 * @module
 */
import { ulid } from 'ulid'
import {
  type InboxContract,
  type InboxEntry,
  inboxMessage,
  messageContentType,
  type ParametersOf,
  TopicContractError,
  topicOf,
  validatePayload,
  writeSequence,
} from '../../topics/contract/index.ts'
import type { Trace } from './bus/trace.ts'
import type { Head, Segment, TopicWrite } from './live-table.ts'

/** Items that one write may add, handle or retract. With `expiredAtOnceMax` it leaves a third of a transaction's 100 to its domain. */
export const inboxItemsAtOnceMax = 50

/** Items whose time is over that one write takes out besides. */
export const expiredAtOnceMax = 10

/** Bytes of one write's entries: an item of the table holds 400 KB with its other attributes. */
const entriesBytesMax = 390_000

/** What a message may have besides what its writer knows of. */
const extensionsBytes = ',"previous":"0000000000000000"'.length + `,"traceparent":"${'0'.repeat(55)}"`.length

/** Seconds that what is over stays in the table before TTL may remove it: whoever counts `unread` looks every minute. */
const removalSlackSeconds = 86_400

/** An unhandled item as the table has it. */
export interface InboxRecord {
  readonly epoch: string
  readonly sequence: number
  /** JSON. */
  readonly value: string
  /** When it was written, RFC 3339. */
  readonly at: string
  /** From then on it is over, ms since 1970. */
  readonly dueAt: number
  /** TTL may remove it from then on, seconds since 1970. */
  readonly expiresAt: number
}

/** An inbox as it was read for a write; everything strongly. */
export interface InboxBefore {
  readonly head: Head
  /** Sequences of items that are over and still counted, oldest first; at most `expiredAtOnceMax`. */
  readonly expired: readonly number[]
  /** None of the others is over before this, ms since 1970; undefined when there are no others. */
  readonly dueAt: number | undefined
  /** Those of the sequences asked for that are unhandled. */
  readonly unhandled: ReadonlySet<number>
}

/** What one inbox adds to a transaction. */
export interface InboxWrite {
  /** The head, its condition and the piece of the log; undefined when nothing changes, and then nothing is written. */
  readonly topic: TopicWrite | undefined
  /** Records of new items. */
  readonly added: readonly InboxRecord[]
  /** Sequences whose records go, on the condition that they are there. */
  readonly removed: readonly number[]
  /** What the call was about: the sequences of the added items, in order, or those that this write handles or retracts. */
  readonly sequences: readonly number[]
}

export interface InboxWriterOptions {
  /** RFC 3339: when this is written. */
  readonly at: string
  /** A new ULID. Default: ulid of now. */
  readonly newEpoch?: () => string
  /** What it came from, told to whoever hears of it as the extension `traceparent`. */
  readonly trace?: Trace | undefined
}

/** Makes the pieces of one transaction. */
export interface InboxWriter {
  /**
   * Adds items; an empty list makes the head of an inbox that has none. Throws TopicContractError for an item that does
   * not fit the contract or its `maxBytes`, RangeError for more than `inboxItemsAtOnceMax`.
   */
  add<Pattern extends string, Item>(
    contract: InboxContract<Pattern, Item>,
    parameters: ParametersOf<Pattern>,
    items: readonly Item[],
    before: InboxBefore | undefined,
  ): InboxWrite
  /** Their person handled them: those that are unhandled by `before`, which was read for these sequences. */
  handle<Pattern extends string>(
    contract: InboxContract<Pattern>,
    parameters: ParametersOf<Pattern>,
    sequences: readonly number[],
    before: InboxBefore | undefined,
  ): InboxWrite
  /** Takes them back, likewise: a suggestion that was given to somebody else. */
  retract<Pattern extends string>(
    contract: InboxContract<Pattern>,
    parameters: ParametersOf<Pattern>,
    sequences: readonly number[],
    before: InboxBefore | undefined,
  ): InboxWrite
  /** Adds items and takes others back, likewise: a suggestion that a newer one replaces. `sequences` are of those added. */
  replace<Pattern extends string, Item>(
    contract: InboxContract<Pattern, Item>,
    parameters: ParametersOf<Pattern>,
    change: { readonly add: readonly Item[]; readonly retract: readonly number[] },
    before: InboxBefore | undefined,
  ): InboxWrite
  /** Takes out what is over, which every other write does besides. */
  expire(contract: InboxContract, topic: string, before: InboxBefore | undefined): InboxWrite
}

/**
 * A writer for one transaction. Whatever it writes, it takes out what is over as well. Two writes of one inbox do not
 * go into one transaction: DynamoDB takes an item once.
 *
 * ```ts
 * const write = inboxWriter({ at }).add(agentSuggestions, { agentId }, [suggestion], before)
 * const items = [...inboxWriteItems(table, write), putSuggestion({ sequence: write.sequences[0] })]
 * ```
 */
export function inboxWriter({ at, newEpoch = ulid, trace }: InboxWriterOptions): InboxWriter {
  return {
    add: (contract, parameters, items, before) =>
      replace(contract, parameters, { add: items, retract: [] }, before),
    replace,
    handle: (contract, parameters, gone, before) =>
      next(contract, topicOf(contract, parameters), before, { gone, entryOf: handles }),
    retract: (contract, parameters, gone, before) =>
      next(contract, topicOf(contract, parameters), before, { gone, entryOf: retracts }),
    expire(contract, topic, before) {
      const write = next(contract, topic, before, { gone: [], entryOf: retracts })
      if (write.topic || !before || before.dueAt === before.head.dueAt)
        return { ...write, sequences: write.removed }
      // What was due went before its time: the head says what is due next, so that nobody looks in vain each minute.
      const { dueAt: _, ...rest } = before.head
      const head = before.dueAt === undefined ? { ...rest, unread: 0 } : { ...rest, dueAt: before.dueAt }
      return { ...write, topic: { head, before: before.head } }
    },
  }

  function replace<Pattern extends string, Item>(
    contract: InboxContract<Pattern, Item>,
    parameters: ParametersOf<Pattern>,
    change: { readonly add: readonly Item[]; readonly retract: readonly number[] },
    before: InboxBefore | undefined,
  ): InboxWrite {
    const add = change.add.map((item) => validatePayload(contract, contract.item, item))
    const topic = topicOf(contract, parameters)
    return next(contract, topic, before, { add, gone: change.retract, entryOf: retracts })
  }

  function next(
    contract: InboxContract,
    topic: string,
    before: InboxBefore | undefined,
    { add, gone: named, entryOf }: InboxSteps,
  ): InboxWrite {
    atMost(topic, (add?.length ?? 0) + named.length)
    const gone = [...new Set(named)].filter((sequence) => before?.unhandled.has(sequence))
    // What is named and over at once is what it is named for.
    const over = (before?.expired ?? []).filter((sequence) => !gone.includes(sequence))
    const removed = [...over, ...gone]
    const entries = [...over.map(retracts), ...gone.map(entryOf), ...(add ?? []).map((value) => ({ value }))]
    // Nothing changes; but an inbox that is added nothing is begun.
    if (entries.length === 0 && (before || !add)) {
      return { topic: undefined, added: [], removed, sequences: gone }
    }

    const last = (before?.head.sequence ?? 0) + entries.length
    const position = { topic, epoch: before?.head.epoch ?? newEpoch(), at }
    const dueAt = Date.parse(at) + contract.keepSeconds * 1000
    const expiresAt = Math.ceil(dueAt / 1000) + removalSlackSeconds
    const added = (add ?? []).map((value, index, { length }): InboxRecord => {
      const sequence = last - length + 1 + index
      fits(contract, { ...position, sequence }, value)
      return { epoch: position.epoch, sequence, value: JSON.stringify(value), at, dueAt, expiresAt }
    })

    // Without others nothing is left, whatever the count says: TTL took what nobody had counted for a day.
    const left = before?.dueAt === undefined ? 0 : Math.max(0, (before.head.unread ?? 0) - removed.length)
    const firstDueAt = Math.min(
      left > 0 ? (before?.dueAt ?? Infinity) : Infinity,
      added.length > 0 ? dueAt : Infinity,
    )
    const head: Head = {
      ...position,
      sequence: last,
      floor: before?.head.floor ?? 0,
      unread: left + added.length,
      ...(trace ? { trace: trace.traceparent } : {}),
      ...(firstDueAt === Infinity ? {} : { dueAt: firstDueAt }),
    }
    return {
      topic: {
        head,
        before: before?.head,
        ...(entries.length > 0 ? { segment: segmentOf(head, entries, expiresAt) } : {}),
      },
      added,
      removed,
      sequences: add ? added.map(({ sequence }) => sequence) : gone,
    }
  }
}

/** What one write does to an inbox. */
interface InboxSteps {
  /** Values of new items, fit for the contract; undefined where none are meant. */
  readonly add?: readonly unknown[]
  /** Sequences of items that go. */
  readonly gone: readonly number[]
  /** What the log says of one that goes. */
  readonly entryOf: (sequence: number) => InboxEntry<never>
}

const retracts = (sequence: number): InboxEntry<never> => ({ retracts: writeSequence(sequence) })
const handles = (sequence: number): InboxEntry<never> => ({ handles: writeSequence(sequence) })

function atMost(topic: string, count: number): void {
  if (count <= inboxItemsAtOnceMax) return
  throw new RangeError(
    `${count} items of ${topic} in one write, ${inboxItemsAtOnceMax} are the most: use several transactions`,
  )
}

/** Refuses an item that no message could carry: who is online would have to ask for the whole inbox instead. */
function fits(contract: InboxContract, { at, ...position }: Omit<Head, 'floor'>, value: unknown): void {
  const head = { ...position, time: at, unread: Number.MAX_SAFE_INTEGER }
  const message = JSON.stringify(inboxMessage(contract, head, [{ value }]))
  const besides = Buffer.byteLength(position.topic) + Buffer.byteLength(messageContentType) + extensionsBytes
  const bytes = Buffer.byteLength(message) + besides
  if (bytes <= contract.maxBytes) return
  throw new TopicContractError(
    'INVALID_PAYLOAD',
    `payload of ${contract.topic}: the item makes a message of ${bytes} bytes, its contract allows ${contract.maxBytes}`,
    'raise maxBytes or say less',
  )
}

function segmentOf(head: Head, entries: readonly InboxEntry<unknown>[], expiresAt: number): Segment {
  const { topic, epoch, sequence: last, at } = head
  const text = JSON.stringify(entries)
  const bytes = Buffer.byteLength(text)
  if (bytes > entriesBytesMax) {
    throw new RangeError(
      `${entries.length} entries of ${topic} have ${bytes} bytes, ${entriesBytesMax} are the most in one write: use several transactions`,
    )
  }
  return { epoch, first: last - entries.length + 1, last, entries: text, at, expiresAt }
}
