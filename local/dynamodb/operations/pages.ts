/**
 * What Query and Scan share: a page of items, filtered and projected after it was read.
 *
 * @module
 */
import { invalid } from '../errors.ts'
import { bindCondition, type Condition } from '../expressions/condition.ts'
import { conditionOf, projectionOf } from '../expressions/parse.ts'
import type { Placeholders } from '../expressions/placeholders.ts'
import { bindProjection, type Projection } from '../expressions/projection.ts'
import { fitsSchema, keyOfStored, type LocatedKey, locate } from '../keys.ts'
import { pageBytesMax } from '../limits.ts'
import type { StoredItem } from '../storage/items.ts'
import type { Table } from '../table.ts'
import type { Item } from '../values/attribute-value.ts'
import { validateItem } from '../values/validate.ts'
import { capacityMember, consumedCapacity, readUnits } from './capacity.ts'
import type { ScanRequest } from './requests.ts'

export interface PagePlan {
  readonly filter: Condition | undefined
  readonly projection: Projection | undefined
  readonly countOnly: boolean
}

const selects: ReadonlySet<string> = new Set(['ALL_ATTRIBUTES', 'COUNT', 'SPECIFIC_ATTRIBUTES'])

/** Binds filter and projection. Throws ValidationException. */
export function planPage(request: ScanRequest, placeholders: Placeholders): PagePlan {
  const { FilterExpression, ProjectionExpression, Select, Limit, IndexName } = request
  if (IndexName !== undefined) {
    throw invalid(`The table does not have the specified index: ${IndexName}`)
  }
  if (Limit !== undefined && Limit < 1) throw invalid('Limit must be greater than or equal to 1')
  if (Select !== undefined && !selects.has(Select)) {
    throw invalid(`Select is ${Select}; it is one of ${[...selects].join(', ')}`)
  }
  if (Select === 'SPECIFIC_ATTRIBUTES' && ProjectionExpression === undefined) {
    throw invalid(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    )
  }
  if (Select === 'COUNT' && ProjectionExpression !== undefined) {
    throw invalid('Cannot specify the ProjectionExpression when choosing to get only the Count')
  }
  if (Select === 'ALL_ATTRIBUTES' && ProjectionExpression !== undefined) {
    throw invalid('Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES')
  }
  const filter =
    FilterExpression === undefined
      ? undefined
      : bindCondition('FilterExpression', conditionOf.FilterExpression(FilterExpression), placeholders)
  const projection =
    ProjectionExpression === undefined
      ? undefined
      : bindProjection(projectionOf(ProjectionExpression), placeholders)
  return { filter, projection, countOnly: Select === 'COUNT' }
}

/** Where a page starts. Throws ValidationException for a key that does not fit the table. */
export function startOf(table: Table, key: Item | undefined): LocatedKey | undefined {
  if (!key) return undefined
  validateItem(key)
  if (!fitsSchema(table, key)) {
    throw invalid('The provided starting key is invalid: The provided key element does not match the schema')
  }
  return locate(table, key)
}

/** Reads a page of at most `Limit` items and 1 MB, and answers its JSON. */
export function readPage(
  request: ScanRequest,
  table: Table,
  plan: PagePlan,
  rows: Iterable<StoredItem>,
): string {
  const { filter, projection, countOnly } = plan
  const limit = request.Limit ?? Number.POSITIVE_INFINITY
  const items: string[] = []
  let scanned = 0
  let count = 0
  let bytes = 0
  let last: StoredItem | undefined
  for (const row of rows) {
    scanned += 1
    bytes += row.bytes
    const item = filter || projection ? (JSON.parse(row.body) as Item) : undefined
    if (!filter || (item && filter(item))) {
      count += 1
      if (!countOnly) items.push(item && projection ? JSON.stringify(projection(item)) : row.body)
    }
    if (scanned >= limit || bytes > pageBytesMax) {
      last = row
      break
    }
  }
  const next = last && JSON.stringify(keyOfStored(table, JSON.parse(last.body) as Item))
  const units = readUnits(bytes, request.ConsistentRead ? 'consistent' : 'eventual')
  return (
    `{"Count":${count},"ScannedCount":${scanned}` +
    (countOnly ? '' : `,"Items":[${items.join(',')}]`) +
    (next ? `,"LastEvaluatedKey":${next}` : '') +
    `${capacityMember(consumedCapacity(request, table, units))}}`
  )
}
