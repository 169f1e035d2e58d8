import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { CountSession } from './session-limit.ts'

/** Counters in the sessions table: partition key `pk`, `count` N, and `expiresAt` N for TTL. */
export function dynamoDbSessionCounter(client: DynamoDBClient, table: string): CountSession {
  return async (key, expiresAt) => {
    const answer = await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: key } },
        UpdateExpression: 'SET expiresAt = :expiresAt ADD #count :one',
        ExpressionAttributeNames: { '#count': 'count' },
        ExpressionAttributeValues: { ':one': { N: '1' }, ':expiresAt': { N: String(expiresAt) } },
        ReturnValues: 'UPDATED_NEW',
      }),
    )
    return Number(answer.Attributes?.['count']?.N ?? 1)
  }
}
