/** BatchWriteItem: puts and deletes without conditions. AWS may carry out some of them only; here it is always all. */
import type { Engine } from '../engine.ts'
import { invalid } from '../errors.ts'
import { batchWriteItemsMax } from '../limits.ts'
import type { Table } from '../table.ts'
import { commitWrites } from '../writer.ts'
import { capacityMember, consumedCapacities, writeUnits } from './capacity.ts'
import { refuseDuplicates } from './reads.ts'
import type { BatchWriteItemRequest } from './requests.ts'
import { planDelete, planPut, resolve } from './write-plans.ts'

export function batchWriteItem(engine: Engine, request: BatchWriteItemRequest): string {
  const tables = Object.entries(request.RequestItems ?? {})
  if (tables.length === 0) throw invalid('BatchWriteItem must have some requests set')
  const empty = tables.find(([, requests]) => requests.length === 0)
  if (empty) throw invalid(`The batch write request list for a table cannot be null or empty: ${empty[0]}`)
  if (tables.reduce((sum, [, requests]) => sum + requests.length, 0) > batchWriteItemsMax) {
    throw invalid('Too many items requested for the BatchWriteItem call')
  }
  const plans = tables.flatMap(([TableName, requests]) =>
    requests.map(({ PutRequest, DeleteRequest }) => {
      if ((PutRequest === undefined) === (DeleteRequest === undefined)) {
        throw invalid(
          'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
        )
      }
      return PutRequest
        ? planPut(engine, { TableName, ...PutRequest })
        : planDelete(engine, { TableName, ...DeleteRequest })
    }),
  )
  refuseDuplicates(plans.map(({ at }) => at))
  const units = new Map<Table, number>()
  const writes = plans.flatMap((plan) => {
    const resolution = resolve(engine, plan)
    if (resolution.outcome !== 'write') return []
    const { before, after } = resolution.write
    units.set(plan.table, (units.get(plan.table) ?? 0) + writeUnits(before?.bytes ?? 0, after?.bytes ?? 0))
    return [resolution.write]
  })
  commitWrites(engine, writes)
  return `{"UnprocessedItems":{}${capacityMember(consumedCapacities(request, units))}}`
}
