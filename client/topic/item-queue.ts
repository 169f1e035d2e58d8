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
  /** What stands before the oldest item. */
  #lost: FeedGap | undefined

  constructor(max: number) {
    this.#max = max
  }

  /** How many more items fit before the oldest give way. */
  get room(): number {
    return this.#max - this.#items.length
  }

  push(item: FeedItem<Entry>): void {
    this.#items.push(item)
    const oldest = this.room < 0 ? this.#items.shift() : undefined
    if (oldest) this.#lost = joined(this.#lost ?? oldest, oldest)
  }

  shift(): FeedItem<Entry> | undefined {
    const lost = this.#lost
    this.#lost = undefined
    return lost ?? this.#items.shift()
  }
}

function joined<Entry>(lost: FeedItem<Entry>, item: FeedItem<Entry>): FeedGap {
  const from = lost.kind === 'gap' ? lost.from : lost.sequence
  const to = item.kind === 'gap' ? item.to : item.sequence
  const isReset = (some: FeedItem<Entry>): boolean => some.kind === 'gap' && some.reason === 'reset'
  return { kind: 'gap', from, to, reason: isReset(lost) || isReset(item) ? 'reset' : 'overflow' }
}
