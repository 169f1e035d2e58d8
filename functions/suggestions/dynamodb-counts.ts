/**
 * Counts up what agents did with saved replies: each answer once, because the note that it was counted is in the
 * transaction.
 *
 * @module
 */
import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { onceItem, wasDone } from '../platform/bus/once.ts'
import { RetryLater } from '../platform/bus/queue-errors.ts'
import { countsKey, versionKey } from './dynamodb-replies.ts'
import { type Answered, countsOf } from './learn.ts'

/** Counts an answer, unless it was counted; `now` in ms since 1970. A reply that is gone meanwhile is left out. */
export async function countAnswer(
  eventId: string,
  answered: Answered,
  client: DynamoDBClient,
  table: string,
  now: number,
): Promise<void> {
  let counted = countsOf(answered)
  for (;;) {
    if (counted.length === 0) return
    const TransactItems: TransactWriteItem[] = [
      onceItem(table, 'learn', eventId, now),
      addOne(table, versionKey, 'counts'),
      ...counted.map(({ replyId, as }) => addOne(table, countsKey(replyId), as)),
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
