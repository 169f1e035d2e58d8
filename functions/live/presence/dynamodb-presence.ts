/**
 * The presence table in DynamoDB; docs/parts.md has its layout. No decisions: what is written is record.ts's.
 *
 * @module
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DynamoDBClient,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import * as v from 'valibot'
import { isPassing, isPassingCancellation, type Item, numberOf, stringOf } from '../../platform/dynamodb.ts'
import { getItems } from '../../platform/dynamodb-items.ts'
import type { Connection, Person } from './person.ts'
import { slots } from './presence-event.ts'
import { countChanges, type PersonChange, type PresenceStore, type StoredPerson } from './presence-store.ts'

/** Partition key of the topics' counts. */
export const countsKey = 'counts'

/** People are spread over so many partition keys: one takes 1,000 write units a second, and a person's write is two. */
const shards = 8

const shardKey = (shard: number): string => `people#${shard}`
const shardOf = (principal: string): number => {
  let hash = 0
  for (let index = 0; index < principal.length; index++) hash = (hash * 31 + principal.charCodeAt(index)) | 0
  return Math.abs(hash) % shards
}
const personKey = (principal: string): Item => ({
  pk: { S: shardKey(shardOf(principal)) },
  sk: { S: principal },
})
const countKey = (topic: string): Item => ({ pk: { S: countsKey }, sk: { S: topic } })

/** The people, and their transactions with the counts. */
export function dynamoDbPresence(client: DynamoDBClient, table: string): PresenceStore {
  return {
    async read(principals) {
      const items = await getItems(client, table, principals.map(personKey))
      return new Map(items.map((item) => [stringOf(item, 'sk'), readPersonItem(item)]))
    },
    async commit(changes) {
      const items = [
        ...changes.map((change) => personWrite(table, change)),
        ...Array.from(countChanges(changes), ([topic, by]) => countWrite(table, topic, by)),
      ]
      try {
        await client.send(new TransactWriteItemsCommand({ TransactItems: items }))
        return 'committed'
      } catch (error) {
        if (error instanceof TransactionCanceledException) return readReasons(error)
        if (isPassing(error)) return 'busy'
        throw error
      }
    },
  }
}

/**
 * Forgets a person who hears nothing, unless something was heard meanwhile. No count changes with it.
 */
export function forgetPerson(client: DynamoDBClient, table: string): (known: StoredPerson) => Promise<void> {
  return ({ person, version }) =>
    deleteUnlessChanged(client, {
      TableName: table,
      Key: personKey(person.principal),
      ConditionExpression: 'version = :version',
      ExpressionAttributeValues: { ':version': { N: String(version) } },
    })
}

/** Removes a topic's count if it is 0. One that changes meanwhile stays: a count that is not there is 0. */
export function dropZeroCount(client: DynamoDBClient, table: string): (topic: string) => Promise<void> {
  return (topic) =>
    deleteUnlessChanged(client, {
      TableName: table,
      Key: countKey(topic),
      ConditionExpression: '#count = :zero',
      ExpressionAttributeNames: { '#count': 'count' },
      ExpressionAttributeValues: { ':zero': { N: '0' } },
    })
}

async function deleteUnlessChanged(client: DynamoDBClient, input: DeleteItemCommandInput): Promise<void> {
  try {
    await client.send(new DeleteItemCommand(input))
  } catch (error) {
    // It is not what it was any more, so it stays: that is what the condition is for.
    if (!(error instanceof ConditionalCheckFailedException)) throw error
  }
}

/** The counts of these topics, strongly read; 0 where there is none. */
export async function readCounts(
  client: DynamoDBClient,
  table: string,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const items = await getItems(client, table, topics.map(countKey))
  const found = new Map(items.map((item) => [stringOf(item, 'sk'), numberOf(item, 'count')]))
  return new Map(topics.map((topic) => [topic, found.get(topic) ?? 0]))
}

/** Every topic that has a count, a page at a time. */
export async function* listCounts(
  client: DynamoDBClient,
  table: string,
): AsyncGenerator<readonly (readonly [topic: string, count: number])[]> {
  const pages = query(client, table, {
    KeyConditionExpression: 'pk = :counts',
    ExpressionAttributeValues: { ':counts': { S: countsKey } },
  })
  for await (const items of pages)
    yield items.map((item) => [stringOf(item, 'sk'), numberOf(item, 'count')] as const)
}

/** The people whose time has come by `now` (ms since 1970), a page at a time. Reads everybody, and answers few. */
export async function* listDue(
  client: DynamoDBClient,
  table: string,
  now: number,
): AsyncGenerator<readonly StoredPerson[]> {
  // Another one first each minute, so that where there is no time for all, none is always last.
  const first = Math.floor(now / 60_000)
  for (let turn = 0; turn < shards; turn++) {
    const shard = (first + turn) % shards
    const pages = query(client, table, {
      KeyConditionExpression: 'pk = :shard',
      FilterExpression: 'dueAt <= :now',
      ExpressionAttributeValues: { ':shard': { S: shardKey(shard) }, ':now': { N: String(now) } },
    })
    for await (const items of pages) yield items.map(readPersonItem)
  }
}

interface QueryParts {
  readonly KeyConditionExpression: string
  readonly FilterExpression?: string
  readonly ExpressionAttributeValues: Item
}

async function* query(client: DynamoDBClient, table: string, parts: QueryParts): AsyncGenerator<Item[]> {
  let start: Item | undefined
  do {
    const answer = await client.send(
      new QueryCommand({ TableName: table, ...parts, ...(start ? { ExclusiveStartKey: start } : {}) }),
    )
    yield answer.Items ?? []
    start = answer.LastEvaluatedKey
  } while (start)
}

function personWrite(table: string, { before, after }: PersonChange): TransactWriteItem {
  const condition = before
    ? {
        ConditionExpression: 'version = :version',
        ExpressionAttributeValues: { ':version': { N: String(before.version) } },
      }
    : { ConditionExpression: 'attribute_not_exists(pk)' }
  return { Put: { TableName: table, Item: personItem(after), ...condition } }
}

function countWrite(table: string, topic: string, by: number): TransactWriteItem {
  return {
    Update: {
      TableName: table,
      Key: countKey(topic),
      UpdateExpression: 'ADD #count :by',
      ExpressionAttributeNames: { '#count': 'count' },
      ExpressionAttributeValues: { ':by': { N: String(by) } },
    },
  }
}

function readReasons(error: TransactionCanceledException): 'moved' | 'busy' {
  const codes = (error.CancellationReasons ?? []).map(({ Code = 'None' }) => Code)
  const unknown = codes.find(
    (code) => code !== 'None' && code !== 'ConditionalCheckFailed' && !isPassingCancellation(code),
  )
  if (unknown !== undefined) throw new Error(`presence transaction refused: ${unknown}`, { cause: error })
  return codes.includes('ConditionalCheckFailed') ? 'moved' : 'busy'
}

function personItem({ person, version, dueAt, changedAt }: StoredPerson): Item {
  return {
    ...personKey(person.principal),
    version: { N: String(version) },
    dueAt: { N: String(dueAt) },
    changedAt: { N: String(changedAt) },
    connections: { S: JSON.stringify(person.connections) },
  }
}

const connectionSchema: v.GenericSchema<unknown, Connection> = v.object({
  session: v.string(),
  at: v.number(),
  topics: v.record(v.string(), v.object({ at: v.number(), heard: v.boolean() })),
  ended: v.array(v.string()),
})
const connectionsSchema = v.record(v.picklist(slots), connectionSchema)

function readPersonItem(item: Item): StoredPerson {
  const connections = v.parse(connectionsSchema, JSON.parse(stringOf(item, 'connections')))
  const person: Person = { principal: stringOf(item, 'sk'), connections }
  return {
    person,
    version: numberOf(item, 'version'),
    dueAt: numberOf(item, 'dueAt'),
    changedAt: numberOf(item, 'changedAt'),
  }
}
