/**
 * Revoked principals in the sessions table: `revoked#<principal>`, and `expiresAt` N for TTL; docs/parts.md. Two
 * functions, so that who only reads has no code, and needs no right, to write.
 *
 * @module
 */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { type Item, numberOf } from '../platform/dynamodb.ts'
import type { Revocations } from './revocation.ts'

const keyOf = (principal: string): Item => ({ pk: { S: `revoked#${principal}` } })

/** Whether a principal is revoked, strongly read. */
export function dynamoDbIsRevoked(client: DynamoDBClient, table: string): Revocations['isRevoked'] {
  return async (principal, now) => {
    const { Item: item } = await client.send(
      new GetItemCommand({ TableName: table, Key: keyOf(principal), ConsistentRead: true }),
    )
    // TTL takes an item up to days after its time.
    return item !== undefined && numberOf(item, 'expiresAt') * 1000 > now
  }
}

/** Records that a principal is revoked. */
export function dynamoDbRecordRevoked(client: DynamoDBClient, table: string): Revocations['record'] {
  return async (principal, until) => {
    const Item = { ...keyOf(principal), expiresAt: { N: String(until) } }
    await client.send(new PutItemCommand({ TableName: table, Item }))
  }
}
