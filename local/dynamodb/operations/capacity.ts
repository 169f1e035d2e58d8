/**
 * Capacity units, for those who ask with ReturnConsumedCapacity.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 *
 * @module
 */
import { readUnitBytes, writeUnitBytes } from '../limits.ts'
import type { Table } from '../table.ts'
import type { CapacityRequest } from './requests.ts'

/** Units of one write: by the larger of the item before and after, twice as many in a transaction. */
export function writeUnits(beforeBytes: number, afterBytes: number, transaction = false): number {
  return Math.max(1, Math.ceil(Math.max(beforeBytes, afterBytes) / writeUnitBytes)) * (transaction ? 2 : 1)
}

/** Units of a read: half of them when it need not be consistent, twice as many in a transaction. */
export function readUnits(bytes: number, mode: 'eventual' | 'consistent' | 'transaction'): number {
  const factor = { eventual: 0.5, consistent: 1, transaction: 2 }[mode]
  return Math.max(1, Math.ceil(bytes / readUnitBytes)) * factor
}

/** `ConsumedCapacity` of one table, or undefined when the request did not ask. */
export function consumedCapacity(
  request: CapacityRequest,
  table: Table,
  units: number,
): Record<string, unknown> | undefined {
  const mode = request.ReturnConsumedCapacity
  if (mode !== 'TOTAL' && mode !== 'INDEXES') return undefined
  return {
    TableName: table.name,
    CapacityUnits: units,
    ...(mode === 'INDEXES' && { Table: { CapacityUnits: units } }),
  }
}

/** `ConsumedCapacity` of several tables. */
export function consumedCapacities(
  request: CapacityRequest,
  units: ReadonlyMap<Table, number>,
): Record<string, unknown>[] | undefined {
  const each: Record<string, unknown>[] = []
  for (const [table, used] of units) {
    const capacity = consumedCapacity(request, table, used)
    if (capacity) each.push(capacity)
  }
  return each.length > 0 ? each : undefined
}

/** `,"ConsumedCapacity":…`, or nothing: for answers that are put together from stored JSON. */
export function capacityMember(capacity: unknown): string {
  return capacity === undefined ? '' : `,"ConsumedCapacity":${JSON.stringify(capacity)}`
}
