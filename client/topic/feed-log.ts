/**
 * Every rule of a feed, without clock or network: messages and pages of the log go in, in whatever order, and what is
 * due comes out, each entry once and in order, or the exact gap.
 *
 * @module
 */
import type { FeedEntry, ReceivedFeed } from '../../topics/contract/message.ts'
import { comparePositions, readSequence } from '../../topics/contract/sequence.ts'

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

/** A page of the log, its entries read by the contract; undefined stands for one that does not fit. */
export interface ReadPage<Entry> {
  readonly epoch: string
  readonly events: readonly { readonly sequence: number; readonly entry: FeedEntry<Entry> | undefined }[]
  readonly head: number
  readonly floor: number
}

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

interface Range {
  readonly from: number
  readonly to: number
  readonly reason: GapReason
}

/** One feed's place in its log. */
export class FeedLog<Entry> {
  readonly #options: FeedLogOptions
  #epoch = ''
  /** The next sequence that is due; 0 before the join. */
  #next = 0
  /** The first sequence that was due after the join or a reset. */
  #start = 0
  /** Entries up to here are wanted because a joiner asked for them. */
  #joiningTo = 0
  /** The newest sequence known to exist. */
  #head = 0
  /** Entries that came before those due. */
  readonly #waiting = new Map<number, FeedEntry<Entry>>()
  /** Known gaps, in no order; few. */
  #gaps: Range[] = []

  constructor(options: FeedLogOptions) {
    this.#options = options
  }

  get joined(): boolean {
    return this.#next > 0
  }

  get epoch(): string {
    return this.#epoch
  }

  /** The next sequence due; 0 before the join. */
  get next(): number {
    return this.#next
  }

  /** The first sequence that was handed on, or will be. */
  get start(): number {
    return this.#start
  }

  /** The API says that the log does not exist: everything it will ever have is new. */
  acceptMissing(): void {
    if (!this.joined) this.#next = this.#start = 1
  }

  acceptMessage(message: ReceivedFeed<Entry>): FeedItem<Entry>[] {
    const items = this.#acceptEpoch(message.epoch, message.sequence, message.first, message.first - 1)
    if (!items) return []
    for (const [index, entry] of message.entries.entries()) this.#keep(message.first + index, entry)
    // What a joiner asked for is read even if it was once left out.
    const from = Math.max(message.previous + 1, this.#joiningTo + 1)
    if (this.#options.overflow === 'gap') this.#declare(from, message.first - 1, 'overflow')
    this.#drain(items)
    return items
  }

  /** A message that cannot be used, but whose place is known: its entries have to be read from the log. */
  acceptUnreadable(epoch: string, sequence: number): FeedItem<Entry>[] {
    return this.#acceptEpoch(epoch, sequence, sequence + 1, sequence) ?? []
  }

  /** The answer to a read of `hole`. */
  acceptPage(hole: Hole, page: ReadPage<Entry>): FeedItem<Entry>[] {
    if (page.epoch !== hole.epoch) {
      // The head's epoch: the log was begun anew, and its messages have not come yet.
      return this.#acceptEpoch(page.epoch, page.head, page.head + 1, page.head) ?? []
    }
    if (hole.epoch !== this.#epoch) return []
    let before = hole.after
    for (const { sequence, entry } of page.events) {
      this.#declare(before + 1, sequence - 1, 'expired')
      before = sequence
      if (sequence < this.#next) continue
      this.#head = Math.max(this.#head, sequence)
      if (entry) this.#waiting.set(sequence, entry)
      else this.#declare(sequence, sequence, 'invalid')
    }
    this.#declare(before + 1, Math.min(page.floor, hole.to), 'expired')
    const items: FeedItem<Entry>[] = []
    this.#drain(items)
    return items
  }

  /** What is missing now, or undefined when everything known was handed on. */
  get hole(): Hole | undefined {
    if (!this.joined || this.#epoch === '' || this.#next > this.#head) return undefined
    let to = this.#head
    for (const sequence of this.#waiting.keys()) to = Math.min(to, sequence - 1)
    for (const gap of this.#gaps) to = Math.min(to, gap.from - 1)
    return { epoch: this.#epoch, after: this.#next - 1, to, joining: this.#next <= this.#joiningTo }
  }

  /** Joins, or begins anew, where the epoch demands it. Undefined for an epoch that is over. */
  #acceptEpoch(
    epoch: string,
    sequence: number,
    first: number,
    joiningTo: number,
  ): FeedItem<Entry>[] | undefined {
    const items: FeedItem<Entry>[] = []
    const order = comparePositions({ epoch, sequence: 0 }, { epoch: this.#epoch, sequence: 0 })
    if (order < 0) return undefined
    if (order > 0) {
      const wanted = Math.max(1, sequence - this.#options.last + 1)
      // A joiner that was told of no log wants all of it; after a reset nothing that is at hand is left out.
      const known = this.joined
      const start = this.#epoch === '' && known ? this.#next : known ? Math.min(wanted, first) : wanted
      if (this.#epoch !== '') {
        items.push({ kind: 'gap', from: this.#next, to: start - 1, reason: 'reset' })
      }
      if (this.#epoch !== '' || !known) this.#joiningTo = Math.min(joiningTo, sequence)
      this.#epoch = epoch
      this.#next = this.#start = start
      this.#head = 0
      this.#waiting.clear()
      this.#gaps = []
    }
    this.#head = Math.max(this.#head, sequence)
    return items
  }

  #keep(sequence: number, entry: FeedEntry<Entry>): void {
    if (sequence < this.#next) return
    // The next one due is handed on at once and takes no room.
    if (sequence > this.#next && this.#waiting.size >= this.#options.waitingMax) return
    this.#waiting.set(sequence, entry)
  }

  #declare(from: number, to: number, reason: GapReason): void {
    if (to < from || to < this.#next) return
    // What is due takes no room: it is handed on at once.
    if (from <= this.#next || this.#gaps.length < this.#options.waitingMax)
      this.#gaps.push({ from, to, reason })
  }

  /** Hands on what is due. */
  #drain(items: FeedItem<Entry>[]): void {
    for (;;) {
      const sequence = this.#next
      const entry = this.#waiting.get(sequence)
      if (entry) {
        this.#waiting.delete(sequence)
        items.push(itemOf(sequence, entry))
        this.#next++
        continue
      }
      const gap = this.#gaps.find(({ from, to }) => from <= sequence && sequence <= to)
      if (!gap) break
      let { to } = gap
      for (const waiting of this.#waiting.keys()) to = Math.min(to, waiting - 1)
      items.push({ kind: 'gap', from: sequence, to, reason: gap.reason })
      this.#next = to + 1
    }
    if (this.#gaps.length > 0) this.#gaps = this.#gaps.filter(({ to }) => to >= this.#next)
  }
}

function itemOf<Entry>(sequence: number, entry: FeedEntry<Entry>): FeedItem<Entry> {
  return 'retracts' in entry
    ? { kind: 'retract', sequence, retracts: readSequence(entry.retracts) ?? 0 }
    : { kind: 'entry', sequence, value: entry.value }
}
