/**
 * What agents did with suggestions, counted for each saved reply: each answer once, because the note that it was
 * counted is in the transaction.
 *
 * @module
 */
import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { RetryLater } from '../platform/bus/queue-errors.ts'
import { onceItem, wasDone } from '../platform/bus/once.ts'
import { countsKey, versionKey } from './dynamodb-replies.ts'
import type { Outcome } from './suggestion.ts'

/** An answer as its event tells it. */
export interface Answered {
  readonly outcome: Outcome
  readonly replyId?: string | undefined
  readonly suggested: readonly string[]
}

/** The replies that an answer counts for, and as what: who takes one says nothing of the others. */
export function countsOf({ outcome, replyId, suggested }: Answered): {
  readonly as: 'taken' | 'dismissed'
  readonly replyIds: readonly string[]
} {
  if (outcome === 'dismissed') return { as: 'dismissed', replyIds: [...new Set(suggested)] }
  return { as: 'taken', replyIds: replyId === undefined ? [] : [replyId] }
}

/** Counts an answer, unless it was counted; `now` in ms since 1970. A reply that is gone meanwhile is left out. */
export async function countAnswer(
  eventId: string,
  answered: Answered,
  client: DynamoDBClient,
  table: string,
  now: number,
): Promise<void> {
  const { as, replyIds } = countsOf(answered)
  let counted = [...replyIds]
  for (;;) {
    if (counted.length === 0) return
    const TransactItems: TransactWriteItem[] = [
      onceItem(table, 'learn', eventId, now),
      addOne(table, versionKey, 'counts'),
      ...counted.map((replyId) => addOne(table, countsKey(replyId), as)),
    ]
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems }))
      return
    } catch (error) {
      if (wasDone(error, 0)) return
      const gone = goneOf(error)
      if (gone.size === 0) {
        if (error instanceof TransactionCanceledException)
          throw new RetryLater('others count as well', 1, { cause: error })
        throw error
      }
      counted = counted.filter((_, index) => !gone.has(index + 2))
    }
  }
}

/** Places of the transaction's items whose condition failed: there is no such reply any more. */
function goneOf(error: unknown): ReadonlySet<number> {
  const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : []
  return new Set(
    reasons.flatMap(({ Code }, index) => (Code === 'ConditionalCheckFailed' && index > 1 ? index : [])),
  )
}

function addOne(
  table: string,
  key: NonNullable<TransactWriteItem['Update']>['Key'],
  name: string,
): TransactWriteItem {
  return {
    Update: {
      TableName: table,
      Key: key,
      UpdateExpression: 'ADD #name :one',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':one': { N: '1' } },
    },
  }
}
