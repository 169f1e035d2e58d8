/**
 * Writes, as one transaction, with the stream records that tell of them.
 *
 * @module
 */
import type { Engine } from './engine.ts'
import type { LocatedKey } from './keys.ts'
import type { StoredItem } from './storage/items.ts'
import type { StreamedWrite } from './streams/record.ts'
import type { Table } from './table.ts'
import type { Item } from './values/attribute-value.ts'
import { sameItem } from './values/compare.ts'
import { partOfKey } from './values/key-encoding.ts'
import { validateItem } from './values/validate.ts'

export interface NewItem extends StoredItem {
  /** Seconds since 1970; null when it does not expire. */
  readonly expires: number | null
}

export interface PlannedWrite {
  readonly table: Table
  readonly at: LocatedKey
  readonly before: StoredItem | undefined
  /** Undefined deletes the item. */
  readonly after: NewItem | undefined
  /** Whether time-to-live deletes it. */
  readonly expired?: boolean
}

/** Carries out all writes, and `also` with them, or none. Writes that change nothing leave no record. */
export function commitWrites(engine: Engine, planned: readonly PlannedWrite[], also?: () => void): void {
  const writes = planned.filter(changesSomething)
  if (writes.length === 0 && !also) return
  const [only] = writes
  if (writes.length === 1 && only && !only.table.stream && !also) {
    // A single statement is a transaction of its own.
    writeItem(engine, only)
    return
  }
  engine.database.transaction(() => {
    for (const write of writes) writeItem(engine, write)
    appendRecords(engine, writes)
    also?.()
  })
  engine.streams.committed()
}

function writeItem(engine: Engine, { at, after }: PlannedWrite): void {
  if (after) engine.items.put(at, after, after.expires)
  else engine.items.delete(at)
}

/** One row of records for each shard that the writes touch. */
function appendRecords(engine: Engine, writes: readonly PlannedWrite[]): void {
  const byShard = new Map<string, { table: Table; shard: number; records: StreamedWrite[] }>()
  for (const { table, at, before, after, expired } of writes) {
    if (!table.stream) continue
    const shard = partOfKey(at.pk, table.stream.shards)
    const id = `${table.id} ${shard}`
    let group = byShard.get(id)
    if (!group) byShard.set(id, (group = { table, shard, records: [] }))
    group.records.push({
      keys: JSON.stringify(at.key),
      keyBytes: validateItem(at.key),
      before,
      after,
      ...(expired && { expired }),
    })
  }
  for (const { table, shard, records } of byShard.values()) {
    const { stream } = table
    if (!stream) continue
    engine.streams.append(
      { ...stream, tableId: table.id, region: table.arn.split(':')[3] ?? '' },
      shard,
      records,
    )
  }
}

function changesSomething({ before, after }: PlannedWrite): boolean {
  if (!before || !after) return before !== after
  if (before.body === after.body) return false
  // The same attributes in another order have JSON of the same length.
  if (before.body.length !== after.body.length) return true
  return !sameItem(JSON.parse(before.body) as Item, JSON.parse(after.body) as Item)
}
