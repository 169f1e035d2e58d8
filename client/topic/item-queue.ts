/**
 * Items that wait for a reader who iterates. Bounded: the oldest that wait give way, and the reader gets one gap for
 * all of them.
 *
 * @module
 */
import type { FeedGap, FeedItem } from './feed-log.ts'

export interface ItemQueue<Entry> {
  /** How many more items fit before the oldest give way. */
  readonly room: number
  push(item: FeedItem<Entry>): void
  shift(): FeedItem<Entry> | undefined
}

/** A queue of at most `max` items. */
export function createItemQueue<Entry>(max: number): ItemQueue<Entry> {
  const items: FeedItem<Entry>[] = []
  /** What stands before the oldest item. */
  let lost: FeedGap | undefined
  return {
    get room() {
      return max - items.length
    },
    push(item) {
      items.push(item)
      const oldest = items.length > max ? items.shift() : undefined
      if (oldest) lost = joined(lost ?? oldest, oldest)
    },
    shift() {
      const first = lost ?? items.shift()
      lost = undefined
      return first
    },
  }
}

function joined<Entry>(lost: FeedItem<Entry>, item: FeedItem<Entry>): FeedGap {
  const from = 'from' in lost ? lost.from : lost.sequence
  const to = 'to' in item ? item.to : item.sequence
  const reset = [lost, item].some((each) => 'reason' in each && each.reason === 'reset')
  return { kind: 'gap', from, to, reason: reset ? 'reset' : 'overflow' }
}
