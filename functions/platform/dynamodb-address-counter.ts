import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { CountAddress } from './address-limit.ts'

/** Counters in a table with partition key `pk`: `count` N, and `expiresAt` N for TTL. */
export function dynamoDbAddressCounter(client: DynamoDBClient, table: string): CountAddress {
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
