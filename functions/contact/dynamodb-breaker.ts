import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { type Item, numberOf } from '../platform/dynamodb.ts'
import type { BreakerStore } from './breaker-store.ts'
import type { Breaker } from './circuit-breaker.ts'

const numbers = ['failures', 'openings', 'openUntil', 'probeUntil', 'closedAt', 'nextAt'] as const

/** The circuit breaker's item in the contacts table; docs/parts.md. */
export function dynamoDbBreaker(client: DynamoDBClient, table: string): BreakerStore {
  const key: Item = { pk: { S: 'breaker#crm' } }
  return {
    async read() {
      const { Item: item } = await client.send(
        new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }),
      )
      return item && { breaker: readBreaker(item), version: numberOf(item, 'version') }
    },
    async write(breaker, before) {
      const item: Item = { ...key, version: { N: String(before + 1) }, failedLast: { S: breaker.failedLast } }
      for (const name of numbers) item[name] = { N: String(breaker[name]) }
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: item,
            ...(before === 0
              ? { ConditionExpression: 'attribute_not_exists(pk)' }
              : {
                  ConditionExpression: 'version = :before',
                  ExpressionAttributeValues: { ':before': { N: String(before) } },
                }),
          }),
        )
        return true
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false
        throw error
      }
    },
  }
}

function readBreaker(item: Item): Breaker {
  return {
    failures: numberOf(item, 'failures'),
    failedLast: item['failedLast']?.S ?? '',
    openings: numberOf(item, 'openings'),
    openUntil: numberOf(item, 'openUntil'),
    probeUntil: numberOf(item, 'probeUntil'),
    closedAt: numberOf(item, 'closedAt'),
    nextAt: numberOf(item, 'nextAt'),
  }
}
