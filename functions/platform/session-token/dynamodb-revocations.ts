/**
 * Revoked principals in the sessions table: `revoked#<principal>`, and `revoked` for anybody; docs/parts.md. Two
 * functions, so that who only reads has no code, and needs no right, to write.
 *
 * @module
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { type Item, numberOf } from '../dynamodb.ts'
import type { ReadRevokedAt } from './revocation-lookup.ts'
import { tokenSecondsMax } from './token.ts'

const keyOf = (principal: string | undefined): Item => ({
  pk: { S: principal === undefined ? 'revoked' : `revoked#${principal}` },
})

/** When a principal, or anybody, was revoked last; strongly read. */
export function dynamoDbRevokedAt(client: DynamoDBClient, table: string): ReadRevokedAt {
  return async (principal) => {
    const { Item: item } = await client.send(
      new GetItemCommand({ TableName: table, Key: keyOf(principal), ConsistentRead: true }),
    )
    return item && numberOf(item, 'revokedAt')
  }
}

/** Records that a principal is revoked (at `revokedAt`, seconds since 1970), for as long as a token of before can last. */
export function dynamoDbRecordRevoked(client: DynamoDBClient, table: string) {
  return async (principal: string, revokedAt: number): Promise<void> => {
    // The principal's own first: once it is known that somebody is revoked, it is known who.
    for (const who of [principal, undefined]) {
      const Item = {
        ...keyOf(who),
        revokedAt: { N: String(revokedAt) },
        expiresAt: { N: String(revokedAt + tokenSecondsMax) },
      }
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item,
            ConditionExpression: 'attribute_not_exists(revokedAt) OR revokedAt < :revokedAt',
            ExpressionAttributeValues: { ':revokedAt': { N: String(revokedAt) } },
          }),
        )
      } catch (error) {
        // Recorded already, or one that came later is: it refuses all that this one does.
        if (!(error instanceof ConditionalCheckFailedException)) throw error
      }
    }
  }
}
