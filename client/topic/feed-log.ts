/**
 * Every rule of a feed, without clock or network: messages and pages of the log go in, in whatever order, and what is
 * due comes out, each entry once and in order, or the exact gap.
 *
 * @module
 */
import type { LogPage } from '../../topics/contract/log-page.ts'
import type { FeedEntry, ReceivedFeed } from '../../topics/contract/message.ts'
import { readSequence } from '../../topics/contract/sequence.ts'

export type FeedItem<Entry> =
  | { readonly kind: 'entry'; readonly sequence: number; readonly value: Entry }
  /** Takes back the entry of sequence `retracts`. */
  | { readonly kind: 'retract'; readonly sequence: number; readonly retracts: number }
  | FeedGap

/** Entries `from` to `to`, both included, that will not come. */
export interface FeedGap {
  readonly kind: 'gap'
  readonly from: number
  readonly to: number
  readonly reason: GapReason
}

export type GapReason =
  /** Too many came at once: the sender left them out, or they waited too long for a reader. */
  | 'overflow'
  /** The log does not reach back so far. */
  | 'expired'
  /** They do not fit the contract's schema. */
  | 'invalid'
  /**
   * The log was begun anew: forget what was shown. `from` counts in the log that ended, `to` in the new one, whose
   * entries follow from `to + 1`.
   */
  | 'reset'

/** What is missing before something that is known: entries after `after` up to `to`. */
export interface Hole {
  readonly epoch: string
  readonly after: number
  readonly to: number
  /** It is what a joiner asked for, not something that may still be on its way. */
  readonly joining: boolean
}

export interface FeedLogOptions {
  /** Entries before the join that are wanted. */
  readonly last: number
  /** Whether entries that the sender left out are a gap, or read from the log. */
  readonly overflow: 'gap' | 'recover'
  /** Entries kept while those before them are missing. Beyond it they are read from the log again. */
  readonly waitingMax: number
}

/** One feed's place in its log. */
export interface FeedLog<Entry> {
  readonly epoch: string
  /** The next sequence due; 0 before the join. */
  readonly next: number
  /** The first sequence that was handed on, or will be: of the join, or of the log begun anew. */
  readonly start: number
  /** What is missing now, or undefined when everything known was handed on. */
  readonly hole: Hole | undefined
  /** The API says that the log does not exist: everything it will ever have is new. */
  acceptMissing(): void
  acceptMessage(message: ReceivedFeed<Entry>): FeedItem<Entry>[]
  /** A message that cannot be used, but whose place is known: its entries have to be read from the log. */
  acceptUnreadable(epoch: string, sequence: number): FeedItem<Entry>[]
  /** The answer to a read of `hole`. `read` has an entry by its contract; undefined stands for one that does not fit. */
  acceptPage<Raw>(
    hole: Hole,
    page: Pick<LogPage<Raw>, 'epoch' | 'events' | 'head' | 'floor'>,
    read: (entry: Raw, sequence: number) => FeedEntry<Entry> | undefined,
  ): FeedItem<Entry>[]
}

/** A place before the join. */
export function createFeedLog<Entry>({ last, overflow, waitingMax }: FeedLogOptions): FeedLog<Entry> {
  let epoch = ''
  let next = 0
  let start = 0
  /** Entries up to here are wanted because a joiner asked for them. */
  let joiningTo = 0
  /** The newest sequence known to exist. */
  let head = 0
  /** Entries that came before those due. */
  const waiting = new Map<number, FeedEntry<Entry>>()
  /** Known gaps, in no order; few. */
  let gaps: { readonly from: number; readonly to: number; readonly reason: GapReason }[] = []

  /** Joins, or begins anew, where the epoch demands it. `first`: what is at hand. Undefined for an epoch that is over. */
  function enter(newer: string, sequence: number, first: number): FeedItem<Entry>[] | undefined {
    if (newer < epoch) return undefined
    const items: FeedItem<Entry>[] = []
    if (newer > epoch) {
      const wanted = Math.max(1, sequence - last + 1)
      // A joiner that was told of no log wants all of it; after a reset nothing that is at hand is left out.
      start = epoch ? Math.min(wanted, first) : next || wanted
      if (epoch) items.push({ kind: 'gap', from: next, to: start - 1, reason: 'reset' })
      if (epoch || !next) joiningTo = first - 1
      epoch = newer
      next = start
      head = 0
      waiting.clear()
      gaps = []
    }
    head = Math.max(head, sequence)
    return items
  }

  function declare(from: number, to: number, reason: GapReason): void {
    // What is due takes no room: it is handed on at once.
    if (to >= Math.max(from, next) && (from <= next || gaps.length < waitingMax))
      gaps.push({ from, to, reason })
  }

  /** The last before the entries that wait, `to` at most. */
  function beforeWaiting(to: number): number {
    let last = to
    for (const sequence of waiting.keys()) last = Math.min(last, sequence - 1)
    return last
  }

  /** Hands on what is due. */
  function drain(items: FeedItem<Entry>[]): FeedItem<Entry>[] {
    for (;;) {
      const entry = waiting.get(next)
      const gap = entry ? undefined : gaps.find(({ from, to }) => from <= next && next <= to)
      if (entry) {
        waiting.delete(next)
        items.push(itemOf(next++, entry))
      } else if (gap) {
        const to = beforeWaiting(gap.to)
        items.push({ kind: 'gap', from: next, to, reason: gap.reason })
        next = to + 1
      } else {
        gaps = gaps.filter(({ to }) => to >= next)
        return items
      }
    }
  }

  const log: FeedLog<Entry> = {
    get epoch() {
      return epoch
    },
    get next() {
      return next
    },
    get start() {
      return start
    },
    get hole() {
      if (!next || !epoch || next > head) return undefined
      let to = beforeWaiting(head)
      for (const { from } of gaps) to = Math.min(to, from - 1)
      return { epoch, after: next - 1, to, joining: next <= joiningTo }
    },
    acceptMissing() {
      if (!next) next = start = 1
    },
    acceptMessage({ epoch: newer, sequence, first, previous, entries }) {
      const items = enter(newer, sequence, first)
      if (!items) return []
      for (const [index, entry] of entries.entries()) {
        const at = first + index
        // The next one due is handed on at once and takes no room.
        if (at === next || (at > next && waiting.size < waitingMax)) waiting.set(at, entry)
      }
      // What a joiner asked for is read even if it was once left out.
      if (overflow === 'gap') declare(Math.max(previous, joiningTo) + 1, first - 1, 'overflow')
      return drain(items)
    },
    acceptUnreadable: (newer, sequence) => enter(newer, sequence, sequence + 1) ?? [],
    acceptPage(hole, page, read) {
      // The head's epoch: the log was begun anew, and its messages have not come yet.
      if (page.epoch !== hole.epoch) return log.acceptUnreadable(page.epoch, page.head)
      if (hole.epoch !== epoch) return []
      let before = hole.after
      for (const { sequence, entry: raw } of page.events) {
        declare(before + 1, sequence - 1, 'expired')
        before = sequence
        if (sequence < next) continue
        head = Math.max(head, sequence)
        const entry = read(raw, sequence)
        if (entry) waiting.set(sequence, entry)
        else declare(sequence, sequence, 'invalid')
      }
      declare(before + 1, Math.min(page.floor, hole.to), 'expired')
      return drain([])
    },
  }
  return log
}

function itemOf<Entry>(sequence: number, entry: FeedEntry<Entry>): FeedItem<Entry> {
  return 'retracts' in entry
    ? { kind: 'retract', sequence, retracts: readSequence(entry.retracts) ?? 0 }
    : { kind: 'entry', sequence, value: entry.value }
}
