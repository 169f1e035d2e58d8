/**
 * Items that wait for a reader who iterates. Bounded: the oldest that wait give way, and the reader gets one gap for
 * all of them.
 *
 * @module
 */
import type { FeedGap, FeedItem } from './feed-log.ts'

export class ItemQueue<Entry> {
  readonly #max: number
  #items: FeedItem<Entry>[] = []
  /** Where the queue begins in `#items`, which is cut only now and then. */
  #at = 0
  /** What stands before the oldest item. */
  #lost: FeedGap | undefined

  constructor(max: number) {
    this.#max = max
  }

  /** How many more items fit before the oldest give way. */
  get room(): number {
    return this.#max - (this.#items.length - this.#at)
  }

  push(item: FeedItem<Entry>): void {
    this.#items.push(item)
    if (this.room >= 0) return
    const oldest = this.#items[this.#at++]
    if (oldest) this.#lost = joined(this.#lost, oldest)
    this.#trim()
  }

  shift(): FeedItem<Entry> | undefined {
    const lost = this.#lost
    if (lost) {
      this.#lost = undefined
      return lost
    }
    const item = this.#items[this.#at]
    if (item) {
      this.#at++
      this.#trim()
    }
    return item
  }

  #trim(): void {
    if (this.#at < 1024 && this.#at < this.#items.length) return
    this.#items = this.#items.slice(this.#at)
    this.#at = 0
  }
}

function joined<Entry>(lost: FeedGap | undefined, item: FeedItem<Entry>): FeedGap {
  const { from, to } = item.kind === 'gap' ? item : { from: item.sequence, to: item.sequence }
  const reset = lost?.reason === 'reset' || (item.kind === 'gap' && item.reason === 'reset')
  return { kind: 'gap', from: lost?.from ?? from, to, reason: reset ? 'reset' : 'overflow' }
}
