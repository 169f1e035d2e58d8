/** PutItem, UpdateItem, DeleteItem. */
import type { Engine } from '../engine.ts'
import { DynamoDbError, invalid } from '../errors.ts'
import { projectionOn } from '../expressions/projection.ts'
import type { Item } from '../values/attribute-value.ts'
import { commitWrites, type PlannedWrite } from '../writer.ts'
import { capacityMember, consumedCapacity, writeUnits } from './capacity.ts'
import type { CapacityRequest, DeleteItemRequest, PutItemRequest, UpdateItemRequest } from './requests.ts'
import { planDelete, planPut, planUpdate, resolve, type WritePlan } from './write-plans.ts'

export function putItem(engine: Engine, request: PutItemRequest): string {
  return single(engine, request, planPut(engine, request), ['NONE', 'ALL_OLD'])
}

export function deleteItem(engine: Engine, request: DeleteItemRequest): string {
  return single(engine, request, planDelete(engine, request), ['NONE', 'ALL_OLD'])
}

export function updateItem(engine: Engine, request: UpdateItemRequest): string {
  return single(engine, request, planUpdate(engine, request), [
    'NONE',
    'ALL_OLD',
    'UPDATED_OLD',
    'ALL_NEW',
    'UPDATED_NEW',
  ])
}

function single(
  engine: Engine,
  request: CapacityRequest & { readonly ReturnValues?: string },
  plan: WritePlan,
  allowed: readonly string[],
): string {
  const returns = request.ReturnValues ?? 'NONE'
  if (!allowed.includes(returns)) throw invalid('Return values set to invalid value')
  const resolution = resolve(engine, plan)
  if (resolution.outcome !== 'write') {
    const item =
      plan.showsItem && resolution.before ? { Item: JSON.parse(resolution.before.body) as Item } : {}
    throw new DynamoDbError('ConditionalCheckFailedException', 'The conditional request failed', item)
  }
  const { write } = resolution
  commitWrites(engine, [write])
  const attributes = returnedAttributes(write, returns, plan)
  const units = writeUnits(write.before?.bytes ?? 0, write.after?.bytes ?? 0)
  const members =
    (attributes === undefined ? '' : `,"Attributes":${attributes}`) +
    capacityMember(consumedCapacity(request, plan.table, units))
  return `{${members.slice(1)}}`
}

/** The JSON of the attributes that ReturnValues asks for, or undefined when there are none. */
function returnedAttributes(write: PlannedWrite, returns: string, plan: WritePlan): string | undefined {
  if (returns === 'NONE') return undefined
  const image = returns.endsWith('_OLD') ? write.before : write.after
  if (!image || returns.startsWith('ALL_')) return image?.body
  const part = projectionOn(plan.updatedPaths ?? [])(JSON.parse(image.body) as Item)
  return Object.keys(part).length > 0 ? JSON.stringify(part) : undefined
}
