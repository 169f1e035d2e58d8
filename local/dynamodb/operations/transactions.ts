/**
 * What transactions that read and transactions that write have in common.
 *
 * @module
 */
import type { Engine } from '../engine.ts'
import { DynamoDbError, invalid } from '../errors.ts'
import { type LocatedKey, placeText } from '../keys.ts'
import { transactionItemsMax } from '../limits.ts'
import type { AttributeValue } from '../values/attribute-value.ts'
import { checkMembers } from './requests.ts'

/** Why one item of a transaction stood in its way; `None` when it did not. */
export interface CancellationReason {
  readonly Code: 'None' | 'ConditionalCheckFailed' | 'TransactionConflict' | 'ValidationError'
  readonly Message?: string
  readonly Item?: Record<string, AttributeValue>
}

/** A transaction that was not carried out. Reasons stand in the order of its items. */
export function cancelled(reasons: readonly CancellationReason[]): DynamoDbError {
  return new DynamoDbError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    { CancellationReasons: reasons },
  )
}

/** The items of a transaction. Throws ValidationException for none and for too many. */
export function checkTransactItems<T extends object>(items: readonly T[] | undefined): readonly T[] {
  const constraint = (value: string, rule: string): Error =>
    invalid(
      `1 validation error detected: Value '${value}' at 'transactItems' failed to satisfy constraint: Member must ${rule}`,
    )
  if (!items) throw constraint('null', 'not be null')
  if (items.length === 0) throw constraint('[]', 'have length greater than or equal to 1')
  if (items.length > transactionItemsMax) {
    throw constraint(`[${items.length} items]`, `have length less than or equal to ${transactionItemsMax}`)
  }
  for (const item of items) checkMembers(item)
  return items
}

/** Throws ValidationException when one item stands twice in a transaction. */
export function refuseTwice(places: readonly LocatedKey[]): void {
  if (places.length > 1 && new Set(places.map(placeText)).size !== places.length) {
    throw invalid('Transaction request cannot include multiple operations on one item')
  }
}

/** The fault `tables.conflict`: throws TransactionCanceledException as if another transaction held one of the items. */
export function withConflicts(engine: Engine, items: number): void {
  if (!engine.chance.happens(engine.faults.tables.conflict)) return
  const held = Math.floor(engine.chance.next() * items)
  throw cancelled(
    Array.from({ length: items }, (_, at) =>
      at === held
        ? { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }
        : { Code: 'None' },
    ),
  )
}
