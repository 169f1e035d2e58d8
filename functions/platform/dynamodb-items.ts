/**
 * Several items of a table at once: read by their keys, or written together on conditions.
 *
 * @module
 */
import {
  BatchGetItemCommand,
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { isPassingCancellation, type Item } from './dynamodb.ts'

/** Items a BatchGetItem may ask for. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const batchGetItemsMax = 100

/** Items by their keys, strongly read, in any order; those that are not there are left out. */
export async function getItems(
  client: DynamoDBClient,
  table: string,
  keys: readonly Item[],
): Promise<Item[]> {
  const items: Item[] = []
  let wanted = [...keys]
  // DynamoDB answers with less than asked when it would exceed 16 MB or is throttled; the SDK's own retries pace it.
  for (let turn = 0; wanted.length > 0; turn++) {
    if (turn > keys.length / batchGetItemsMax + 10) {
      throw new Error(
        `BatchGetItem left ${wanted.length} of ${keys.length} keys unread after ${turn} requests`,
      )
    }
    const Keys = wanted.slice(0, batchGetItemsMax)
    const answer = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
    )
    items.push(...(answer.Responses?.[table] ?? []))
    wanted = [...wanted.slice(batchGetItemsMax), ...(answer.UnprocessedKeys?.[table]?.Keys ?? [])]
  }
  return items
}

/**
 * Writes all of it or nothing. `moved` when a condition failed or another transaction is in the way: what was read is
 * old. Throws what no further attempt can help.
 */
export async function writeIfUnmoved(
  client: DynamoDBClient,
  items: TransactWriteItem[],
): Promise<'written' | 'moved'> {
  try {
    await client.send(new TransactWriteItemsCommand({ TransactItems: items }))
    return 'written'
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error
    const passing = (error.CancellationReasons ?? []).every(
      ({ Code = 'None' }) =>
        Code === 'None' || Code === 'ConditionalCheckFailed' || isPassingCancellation(Code),
    )
    if (passing) return 'moved'
    throw error
  }
}
