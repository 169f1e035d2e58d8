/** TransactWriteItems: all writes, or none. */
import type { Engine } from '../engine.ts'
import { DynamoDbError, invalid } from '../errors.ts'
import { transactionBytesMax } from '../limits.ts'
import type { Table } from '../table.ts'
import type { Item } from '../values/attribute-value.ts'
import { commitWrites, type PlannedWrite } from '../writer.ts'
import { consumedCapacities, writeUnits } from './capacity.ts'
import type { TransactWriteItemsRequest } from './requests.ts'
import {
  type CancellationReason,
  cancelled,
  checkTransactItems,
  refuseTwice,
  withConflicts,
} from './transactions.ts'
import {
  planCheck,
  planDelete,
  planPut,
  planUpdate,
  type Resolution,
  resolve,
  type WritePlan,
} from './write-plans.ts'

type TransactItem = NonNullable<TransactWriteItemsRequest['TransactItems']>[number]

const requestTokenCharactersMax = 36

export function transactWriteItems(engine: Engine, request: TransactWriteItemsRequest): string {
  const token = request.ClientRequestToken
  if (token !== undefined && (token.length < 1 || token.length > requestTokenCharactersMax)) {
    throw invalid(
      `1 validation error detected: Value '${token}' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to ${requestTokenCharactersMax}, and greater than or equal to 1`,
    )
  }
  const items = checkTransactItems(request.TransactItems)
  // Taken before planning, which brings numbers and sets into their one spelling.
  const fingerprint = token === undefined ? '' : engine.tokens.fingerprint(JSON.stringify(items))
  const plans = items.map((item, at) => planItem(engine, item, at))
  refuseTwice(plans.map(({ at }) => at))
  if (token !== undefined) {
    const earlier = engine.tokens.find(token, engine.clock.now())
    if (earlier === fingerprint) return answer(request, plans, new Map())
    if (earlier !== undefined) {
      throw new DynamoDbError(
        'IdempotentParameterMismatchException',
        'The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical',
      )
    }
  }
  withConflicts(engine, plans.length)
  const { writes, units, bytes } = resolveAll(engine, plans)
  if (bytes > transactionBytesMax) {
    throw invalid(`Transaction payload size cannot exceed 4MB. Payload Size: ${bytes}`)
  }
  commitWrites(
    engine,
    writes,
    token === undefined ? undefined : () => engine.tokens.add(token, fingerprint, engine.clock.now()),
  )
  return answer(request, plans, units)
}

function planItem(engine: Engine, item: TransactItem, at: number): WritePlan {
  const { Put, Update, Delete, ConditionCheck } = item
  const present = [Put, Update, Delete, ConditionCheck].filter((member) => member !== undefined)
  if (present.length > 1) {
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete')
  }
  if (Put) return planPut(engine, Put)
  if (Update) return planUpdate(engine, Update)
  if (Delete) return planDelete(engine, Delete)
  if (!ConditionCheck) {
    throw invalid('Invalid Request: TransactWriteRequest should contain Delete or Put or Update request')
  }
  if (ConditionCheck.ConditionExpression === undefined) {
    throw invalid(
      `1 validation error detected: Value null at 'transactItems.${at + 1}.member.conditionCheck.conditionExpression' failed to satisfy constraint: Member must not be null`,
    )
  }
  return planCheck(engine, ConditionCheck)
}

/** Judges every item. Throws TransactionCanceledException when one of them refuses. */
function resolveAll(
  engine: Engine,
  plans: readonly WritePlan[],
): { writes: PlannedWrite[]; units: Map<Table, number>; bytes: number } {
  const writes: PlannedWrite[] = []
  const units = new Map<Table, number>()
  const reasons: CancellationReason[] = []
  let bytes = 0
  let refused = false
  for (const plan of plans) {
    const resolution = resolveItem(engine, plan)
    if ('Code' in resolution) {
      reasons.push(resolution)
      refused = true
      continue
    }
    reasons.push({ Code: 'None' })
    const { before, after } =
      resolution.outcome === 'write' ? resolution.write : { before: resolution.before, after: undefined }
    if (resolution.outcome === 'write') writes.push(resolution.write)
    bytes += (after ?? before)?.bytes ?? 0
    units.set(
      plan.table,
      (units.get(plan.table) ?? 0) + writeUnits(before?.bytes ?? 0, after?.bytes ?? 0, true),
    )
  }
  if (refused) throw cancelled(reasons)
  return { writes, units, bytes }
}

function resolveItem(
  engine: Engine,
  plan: WritePlan,
): Exclude<Resolution, { outcome: 'refused' }> | CancellationReason {
  try {
    const resolution = resolve(engine, plan)
    if (resolution.outcome !== 'refused') return resolution
    return {
      Code: 'ConditionalCheckFailed',
      Message: 'The conditional request failed',
      ...(plan.showsItem && resolution.before && { Item: JSON.parse(resolution.before.body) as Item }),
    }
  } catch (cause) {
    // What does not fit the item that is there cancels the transaction; it does not make the request invalid.
    if (!(cause instanceof DynamoDbError) || cause.code !== 'ValidationException') throw cause
    return { Code: 'ValidationError', Message: cause.message }
  }
}

function answer(
  request: TransactWriteItemsRequest,
  plans: readonly WritePlan[],
  units: ReadonlyMap<Table, number>,
): string {
  if (request.ReturnConsumedCapacity === undefined) return '{}'
  // A repeated request reads its items instead of writing them; it is answered with the tables and no units.
  const tables = new Map(plans.map(({ table }) => [table, units.get(table) ?? 0]))
  const capacities = consumedCapacities(request, tables)
  return capacities ? JSON.stringify({ ConsumedCapacity: capacities }) : '{}'
}
