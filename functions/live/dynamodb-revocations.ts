/**
 * Revoked principals in the sessions table: `revoked#<principal>`, and `revoked` for anybody; docs/parts.md. Two
 * functions, so that who only reads has no code, and needs no right, to write.
 *
 * @module
 */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { type Item, numberOf } from '../platform/dynamodb.ts'
import type { Revocations } from './revocation.ts'
import type { ReadRevokedUntil } from './revocation-lookup.ts'

const keyOf = (principal: string | undefined): Item => ({
  pk: { S: principal === undefined ? 'revoked' : `revoked#${principal}` },
})

/** Until when a principal, or anybody, is revoked; strongly read. */
export function dynamoDbRevokedUntil(client: DynamoDBClient, table: string): ReadRevokedUntil {
  return async (principal) => {
    const { Item: item } = await client.send(
      new GetItemCommand({ TableName: table, Key: keyOf(principal), ConsistentRead: true }),
    )
    return item && numberOf(item, 'expiresAt')
  }
}

/** Records that a principal is revoked. */
export function dynamoDbRecordRevoked(client: DynamoDBClient, table: string): Revocations['record'] {
  return async (principal, until) => {
    // The principal's own first: once it is known that somebody is revoked, it is known who.
    for (const who of [principal, undefined]) {
      const Item = { ...keyOf(who), expiresAt: { N: String(until) } }
      await client.send(new PutItemCommand({ TableName: table, Item }))
    }
  }
}
