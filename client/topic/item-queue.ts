/**
 * Items that wait for a reader who iterates. Bounded: the oldest that wait give way, and the reader gets one gap for
 * all of them.
 *
 * @module
 */
import type { FeedGap, FeedItem } from './feed-log.ts'

export class ItemQueue<Entry> {
  readonly #max: number
  readonly #items: FeedItem<Entry>[] = []

  constructor(max: number) {
    this.#max = max
  }

  /** How many more items fit before the oldest give way. */
  get room(): number {
    return this.#max - this.#items.length
  }

  push(item: FeedItem<Entry>): void {
    this.#items.push(item)
    if (this.room >= 0) return
    const [lost, next] = this.#items.splice(0, 2)
    // The gap takes a place of its own.
    if (lost && next) this.#items.unshift(joined(lost, next))
  }

  shift(): FeedItem<Entry> | undefined {
    return this.#items.shift()
  }
}

function joined<Entry>(lost: FeedItem<Entry>, item: FeedItem<Entry>): FeedGap {
  const from = lost.kind === 'gap' ? lost.from : lost.sequence
  const to = item.kind === 'gap' ? item.to : item.sequence
  const isReset = (some: FeedItem<Entry>): boolean => some.kind === 'gap' && some.reason === 'reset'
  return { kind: 'gap', from, to, reason: isReset(lost) || isReset(item) ? 'reset' : 'overflow' }
}
