/** GetItem, BatchGetItem, TransactGetItems. */
import type { Engine } from '../engine.ts'
import { invalid } from '../errors.ts'
import { projectionOf } from '../expressions/parse.ts'
import { Placeholders } from '../expressions/placeholders.ts'
import { bindProjection, type Projection } from '../expressions/projection.ts'
import { keyOfRequest, type LocatedKey, placeText } from '../keys.ts'
import { batchGetBytesMax, batchGetItemsMax, transactionBytesMax } from '../limits.ts'
import type { StoredItem } from '../storage/items.ts'
import type { Table } from '../table.ts'
import type { Item } from '../values/attribute-value.ts'
import { capacityMember, consumedCapacities, consumedCapacity, readUnits } from './capacity.ts'
import {
  type BatchGetItemRequest,
  checkMembers,
  type GetItemRequest,
  type TransactGetItemsRequest,
} from './requests.ts'
import { checkTransactItems, refuseTwice, withConflicts } from './transactions.ts'

interface ReadPlan {
  readonly table: Table
  readonly at: LocatedKey
  readonly projection: Projection | undefined
}

export function getItem(engine: Engine, request: GetItemRequest): string {
  const { table, at, projection } = planGet(engine, request)
  const stored = engine.items.get(at)
  const mode = request.ConsistentRead ? 'consistent' : 'eventual'
  const members =
    (stored ? `,"Item":${itemJson(stored, projection)}` : '') +
    capacityMember(consumedCapacity(request, table, readUnits(stored?.bytes ?? 0, mode)))
  return `{${members.slice(1)}}`
}

function planGet(engine: Engine, request: GetItemRequest): ReadPlan {
  checkMembers(request)
  const table = engine.tables.get(request.TableName)
  const projection = planProjection(request)
  return { table, at: keyOfRequest(table, request.Key), projection }
}

function planProjection(request: GetItemRequest): Projection | undefined {
  const text = request.ProjectionExpression
  const placeholders = new Placeholders(request, { ProjectionExpression: text })
  const projection = text === undefined ? undefined : bindProjection(projectionOf(text), placeholders)
  placeholders.refuseUnused()
  return projection
}

/** The JSON of an item, or of the part of it that is asked for. */
export function itemJson(stored: StoredItem, projection: Projection | undefined): string {
  return projection ? JSON.stringify(projection(JSON.parse(stored.body) as Item)) : stored.body
}

export function batchGetItem(engine: Engine, request: BatchGetItemRequest): string {
  const wanted = Object.entries(request.RequestItems ?? {})
  if (wanted.length === 0) throw invalid('BatchGetItem must have some requests set')
  const plans = wanted.map(([name, asked]) => {
    checkMembers(asked)
    const keys = asked.Keys ?? []
    if (keys.length === 0) {
      throw invalid(`The list of keys in RequestItems for BatchGetItem is required: ${name} has empty list`)
    }
    const table = engine.tables.get(name)
    const projection = planProjection(asked)
    const mode = asked.ConsistentRead ? ('consistent' as const) : ('eventual' as const)
    return { name, asked, keys, table, projection, mode }
  })
  if (plans.reduce((sum, { keys }) => sum + keys.length, 0) > batchGetItemsMax) {
    throw invalid('Too many items requested for the BatchGetItem call')
  }
  let bytes = 0
  const units = new Map<Table, number>()
  const unprocessed: Record<string, unknown> = {}
  const responses = plans.map(({ name, asked, keys, table, projection, mode }) => {
    const places = keys.map((key) => keyOfRequest(table, key))
    refuseDuplicates(places)
    const left: Item[] = []
    const items: string[] = []
    for (const place of places) {
      const stored = bytes < batchGetBytesMax ? engine.items.get(place) : undefined
      if (bytes >= batchGetBytesMax || bytes + (stored?.bytes ?? 0) > batchGetBytesMax) {
        left.push(place.key)
        continue
      }
      units.set(table, (units.get(table) ?? 0) + readUnits(stored?.bytes ?? 0, mode))
      if (!stored) continue
      bytes += stored.bytes
      items.push(itemJson(stored, projection))
    }
    if (left.length > 0) unprocessed[name] = { ...asked, Keys: left }
    return `${JSON.stringify(name)}:[${items.join(',')}]`
  })
  return `{"Responses":{${responses.join(',')}},"UnprocessedKeys":${JSON.stringify(unprocessed)}${capacityMember(consumedCapacities(request, units))}}`
}

/** Throws ValidationException when a batch names one item twice. */
export function refuseDuplicates(places: readonly LocatedKey[]): void {
  if (places.length > 1 && new Set(places.map(placeText)).size !== places.length) {
    throw invalid('Provided list of item keys contains duplicates')
  }
}

export function transactGetItems(engine: Engine, request: TransactGetItemsRequest): string {
  const gets = checkTransactItems(request.TransactItems).map((item) => {
    if (!item.Get) throw invalid('TransactItems can only contain Get')
    return planGet(engine, item.Get)
  })
  refuseTwice(gets.map(({ at }) => at))
  withConflicts(engine, gets.length)
  const units = new Map<Table, number>()
  let bytes = 0
  const responses = gets.map(({ table, at, projection }) => {
    const stored = engine.items.get(at)
    bytes += stored?.bytes ?? 0
    units.set(table, (units.get(table) ?? 0) + readUnits(stored?.bytes ?? 0, 'transaction'))
    return stored ? `{"Item":${itemJson(stored, projection)}}` : '{}'
  })
  if (bytes > transactionBytesMax) {
    throw invalid(`Transaction payload size cannot exceed 4MB. Payload Size: ${bytes}`)
  }
  return `{"Responses":[${responses.join(',')}]${capacityMember(consumedCapacities(request, units))}}`
}
