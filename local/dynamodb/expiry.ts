/**
 * Time to live: items whose time has come are deleted, within some minutes, and their stream says who did it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 *
 * @module
 */
import type { Engine } from './engine.ts'
import { keyOfItem } from './keys.ts'
import type { Item } from './values/attribute-value.ts'
import { commitWrites, type PlannedWrite } from './writer.ts'

/** Milliseconds between two looks for expired items. On AWS it can take days. */
const sweepEveryMs = 60_000

/** Items deleted in one transaction. */
const sweepItems = 100

/** Seconds: an expiry further back is taken for an error, and the item stays, as on AWS. */
const tooOldSeconds = 5 * 365 * 24 * 3600

/** When an item expires, seconds since 1970; null for an item without a number in that attribute. */
export function expiryOf(item: Item, attribute: string | undefined): number | null {
  const text = attribute === undefined ? undefined : item[attribute]?.N
  if (text === undefined) return null
  const seconds = Math.floor(Number(text))
  return Number.isSafeInteger(seconds) ? seconds : null
}

/** Deletes what has expired; answers how many items. */
export function sweepExpired(engine: Engine): number {
  const now = Math.floor(engine.clock.now() / 1000)
  let swept = 0
  for (;;) {
    const expired = engine.items.expired(now - tooOldSeconds, now, sweepItems)
    const writes = expired.flatMap(({ tbl, ...before }): PlannedWrite[] => {
      const table = engine.tables.findById(tbl)
      if (!table) return []
      return [
        {
          table,
          at: keyOfItem(table, JSON.parse(before.body) as Item),
          before,
          after: undefined,
          expired: true,
        },
      ]
    })
    commitWrites(engine, writes)
    swept += writes.length
    if (expired.length < sweepItems || writes.length === 0) return swept
  }
}

/** Sweeps again and again while a table has a time to live; the answer stops it. Call anew when one gets it. */
export function startSweeping(engine: Engine): () => void {
  let cancel = () => {}
  const later = () => {
    if (!engine.tables.all().some((table) => table.expiryAttribute !== undefined)) return
    cancel = engine.clock.after(sweepEveryMs, () => {
      sweepExpired(engine)
      later()
    })
  }
  later()
  return () => cancel()
}
