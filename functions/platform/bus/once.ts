/**
 * Idempotency by message: what a message does to a table is one transaction with the note that it was done. Where the
 * effect is elsewhere (a mail, a CRM), the message's id is the idempotency key to hand on.
 *
 * @module
 */
import { TransactionCanceledException, type TransactWriteItem } from '@aws-sdk/client-dynamodb'

/** How long a note is kept, seconds: longer than any queue keeps a message. */
const noteSeconds = 15 * 86_400

/**
 * The note that `consumer` did what the message `id` asked, for the transaction that does it. Its condition fails when
 * it was done before: then nothing is done again. `now` in ms since 1970.
 */
export function onceItem(table: string, consumer: string, id: string, now: number): TransactWriteItem {
  return {
    Put: {
      TableName: table,
      Item: {
        pk: { S: `done#${consumer}#${id}` },
        sk: { S: 'done' },
        expiresAt: { N: String(Math.floor(now / 1000) + noteSeconds) },
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  }
}

/** Whether a transaction was cancelled because of the note at this place of its items: the message was handled before. */
export function wasDone(error: unknown, noteIndex: number): boolean {
  return (
    error instanceof TransactionCanceledException &&
    error.CancellationReasons?.[noteIndex]?.Code === 'ConditionalCheckFailed'
  )
}
