/**
 * One write (put, update, delete or check) in two steps: `plan` refuses what is wrong with the request itself,
 * `resolve` looks at the item that is there. Single writes and transactions share both.
 *
 * @module
 */
import type { Engine } from '../engine.ts'
import { invalid } from '../errors.ts'
import { expiryOf } from '../expiry.ts'
import { bindCondition, type Condition } from '../expressions/condition.ts'
import type { DocumentPath } from '../expressions/document-path.ts'
import { conditionOf, updateOf } from '../expressions/parse.ts'
import { Placeholders } from '../expressions/placeholders.ts'
import { bindUpdate, type Update } from '../expressions/update.ts'
import { keyOfItem, keyOfRequest, type LocatedKey } from '../keys.ts'
import { itemBytesMax } from '../limits.ts'
import type { StoredItem } from '../storage/items.ts'
import { keyNames, type Table } from '../table.ts'
import type { Item } from '../values/attribute-value.ts'
import { validateItem } from '../values/validate.ts'
import type { NewItem, PlannedWrite } from '../writer.ts'
import {
  checkMembers,
  type ConditionedRequest,
  type DeleteItemRequest,
  type PutItemRequest,
  type UpdateItemRequest,
} from './requests.ts'

export interface WritePlan {
  readonly table: Table
  readonly at: LocatedKey
  readonly condition: Condition | undefined
  /** Whether a failed condition answers with the item. */
  readonly showsItem: boolean
  /** Paths that an update names. */
  readonly updatedPaths?: readonly DocumentPath[]
  /** The item afterwards, undefined to delete it; absent when the plan only checks. Throws ValidationException. */
  readonly after?: (before: StoredItem | undefined) => NewItem | undefined
}

export type Resolution =
  | { readonly outcome: 'write'; readonly write: PlannedWrite }
  | { readonly outcome: 'check'; readonly before: StoredItem | undefined }
  | { readonly outcome: 'refused'; readonly before: StoredItem | undefined }

/** Plans a put. Throws ValidationException or ResourceNotFoundException. */
export function planPut(engine: Engine, request: PutItemRequest): WritePlan {
  checkMembers(request)
  const table = engine.tables.get(request.TableName)
  const item = request.Item
  if (!item) {
    throw invalid(
      "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not be null",
    )
  }
  const expressions = { ConditionExpression: request.ConditionExpression }
  const placeholders = new Placeholders(request, expressions)
  const condition = planCondition(request, placeholders)
  placeholders.refuseUnused()
  const bytes = validateItem(item)
  const at = keyOfItem(table, item)
  if (bytes > itemBytesMax) throw invalid('Item size has exceeded the maximum allowed size')
  const after: NewItem = {
    body: JSON.stringify(item),
    bytes,
    expires: expiryOf(item, table.expiryAttribute),
  }
  return { table, at, condition, showsItem: showsItem(request), after: () => after }
}

/** Plans an update. Throws ValidationException or ResourceNotFoundException. */
export function planUpdate(engine: Engine, request: UpdateItemRequest): WritePlan {
  checkMembers(request)
  const table = engine.tables.get(request.TableName)
  const expressions = {
    UpdateExpression: request.UpdateExpression,
    ConditionExpression: request.ConditionExpression,
  }
  const placeholders = new Placeholders(request, expressions)
  const update =
    request.UpdateExpression === undefined
      ? undefined
      : bindUpdate(updateOf(request.UpdateExpression), placeholders, keyNames(table))
  const condition = planCondition(request, placeholders)
  placeholders.refuseUnused()
  const at = keyOfRequest(table, request.Key)
  return {
    table,
    at,
    condition,
    showsItem: showsItem(request),
    updatedPaths: update?.paths ?? [],
    after: (before) => updatedItem(table, at, update, before),
  }
}

function updatedItem(
  table: Table,
  at: LocatedKey,
  update: Update | undefined,
  before: StoredItem | undefined,
): NewItem {
  const item = before ? (JSON.parse(before.body) as Item) : { ...at.key }
  update?.apply(item)
  const bytes = validateItem(item)
  if (bytes > itemBytesMax) throw invalid('Item size to update has exceeded the maximum allowed size')
  return { body: JSON.stringify(item), bytes, expires: expiryOf(item, table.expiryAttribute) }
}

/** Plans a delete. Throws ValidationException or ResourceNotFoundException. */
export function planDelete(engine: Engine, request: DeleteItemRequest): WritePlan {
  return { ...planCheck(engine, request), after: () => undefined }
}

/** Plans a check that writes nothing. Throws ValidationException or ResourceNotFoundException. */
export function planCheck(engine: Engine, request: DeleteItemRequest): WritePlan {
  checkMembers(request)
  const table = engine.tables.get(request.TableName)
  const placeholders = new Placeholders(request, { ConditionExpression: request.ConditionExpression })
  const condition = planCondition(request, placeholders)
  placeholders.refuseUnused()
  return { table, at: keyOfRequest(table, request.Key), condition, showsItem: showsItem(request) }
}

function planCondition(request: ConditionedRequest, placeholders: Placeholders): Condition | undefined {
  const text = request.ConditionExpression
  if (text === undefined) return undefined
  return bindCondition('ConditionExpression', conditionOf.ConditionExpression(text), placeholders)
}

function showsItem(request: ConditionedRequest): boolean {
  return request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD'
}

/** Reads the item and judges the condition. Throws ValidationException when the update does not fit the item. */
export function resolve(engine: Engine, plan: WritePlan): Resolution {
  const before = engine.items.get(plan.at)
  if (plan.condition && !plan.condition(before ? (JSON.parse(before.body) as Item) : {})) {
    return { outcome: 'refused', before }
  }
  if (!plan.after) return { outcome: 'check', before }
  return {
    outcome: 'write',
    write: { table: plan.table, at: plan.at, before, after: plan.after(before) },
  }
}
