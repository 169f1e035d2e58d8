/**
 * A feed as a list to show: retracted entries are gone, what is missing stands as a gap, and a log begun anew begins a
 * new list.
 *
 * @module
 */
import type { FeedGap, FeedItem } from './feed-log.ts'

/** An entry to show, or a gap to tell of. `rowKey` is a key for it. */
export type FeedRow<Entry> =
  | { readonly kind: 'entry'; readonly sequence: number; readonly value: Entry }
  | FeedGap

/** A key that a row keeps for as long as it is shown. */
export const rowKey = (row: FeedRow<unknown>): string =>
  row.kind === 'entry' ? `${row.sequence}` : `gap ${row.from}`

/** The rows of one feed. */
export class FeedRows<Entry> {
  readonly #keep: number
  readonly #retracted = new Set<number>()
  #rows: FeedRow<Entry>[] = []
  /** Rows beyond `keep`, because they were asked for. */
  #asked = 0

  /** `keep`: how many rows stay when new ones come. */
  constructor(keep: number) {
    this.#keep = keep
  }

  /** Another array each time. */
  get rows(): readonly FeedRow<Entry>[] {
    this.#trim()
    return [...this.#rows]
  }

  /** An item that the feed handed on. */
  add(item: FeedItem<Entry>): void {
    if (item.kind === 'retract') this.#retract(item.retracts)
    else if (item.kind === 'gap' && item.reason === 'reset') {
      this.#rows = []
      this.#retracted.clear()
      this.#asked = 0
    } else if (item.kind === 'gap' || !this.#retracted.has(item.sequence)) this.#rows.push(item)
    // Not at each item: a page of the log brings 500.
    if (this.#rows.length > 2 * (this.#keep + this.#asked)) this.#trim()
  }

  /** What `older` answered. Rows that were dropped in between stand as a gap. */
  addOlder(items: readonly FeedItem<Entry>[]): void {
    for (const item of items) if (item.kind === 'retract') this.#retract(item.retracts)
    const rows = items.filter(
      (item) => item.kind === 'gap' || (item.kind === 'entry' && !this.#retracted.has(item.sequence)),
    ) as FeedRow<Entry>[]
    const last = items.at(-1)
    const first = this.#rows[0]
    if (last && first) {
      const from = (last.kind === 'gap' ? last.to : last.sequence) + 1
      const to = (first.kind === 'gap' ? first.from : first.sequence) - 1
      if (this.#dropped && from <= to) rows.push({ kind: 'gap', from, to, reason: 'overflow' })
    }
    this.#dropped = false
    this.#asked += rows.length
    this.#rows.unshift(...rows)
  }

  /** Whether rows were dropped since the oldest was loaded. */
  #dropped = false

  #retract(sequence: number): void {
    this.#retracted.add(sequence)
    const at = this.#rows.findLastIndex((row) => row.kind === 'entry' && row.sequence === sequence)
    if (at !== -1) this.#rows.splice(at, 1)
  }

  #trim(): void {
    const over = this.#rows.length - this.#keep - this.#asked
    if (over <= 0) return
    this.#rows.splice(0, over)
    this.#dropped = true
  }
}
