import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { stringOf } from '../dynamodb.ts'
import type { RequestStore } from './callback.ts'
import { requestKey, takeItem } from './request.ts'

/** The requests that an invoker's table records. */
export function dynamoDbRequests(client: DynamoDBClient, table: string): RequestStore {
  return {
    async read(correlationId) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: requestKey(correlationId), ConsistentRead: true }),
      )
      if (!Item) return undefined
      return { context: stringOf(Item, 'context'), deadline: Date.parse(stringOf(Item, 'deadline')) }
    },
    take: (correlationId) => takeItem(table, correlationId),
  }
}
