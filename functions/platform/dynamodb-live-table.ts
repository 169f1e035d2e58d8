/**
 * The live table in DynamoDB; docs/parts.md has its layout. No decisions: what to write is live-table.ts's.
 *
 * @module
 */
import { type DynamoDBClient, QueryCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb'
import { writeSequence } from '../../topics/contract/index.ts'
import { type Item, numberOf, stringOf } from './dynamodb.ts'
import { getItems, writeIfUnmoved } from './dynamodb-items.ts'
import type { Head, Published, Segment, TopicWrite } from './live-table.ts'
import type { LiveStore } from './live-writes.ts'

export const headKey = (topic: string): Item => ({ pk: { S: topic }, sk: { S: 'head' } })
export const publishedKey = (topic: string): Item => ({ pk: { S: topic }, sk: { S: 'published' } })
const segmentSortKey = (epoch: string, last: number): string => `segment#${epoch}#${writeSequence(last)}`

/**
 * The items of a transaction that write these topics. The head comes first of a topic's items; when its condition
 * fails, the cancellation reason carries the head as it is.
 */
export function topicWriteItems(table: string, writes: readonly TopicWrite[]): TransactWriteItem[] {
  const items: TransactWriteItem[] = []
  for (const { head, before, segment } of writes) {
    items.push({
      Put: {
        TableName: table,
        Item: headItem(head),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ...(before
          ? {
              ConditionExpression: 'epoch = :epoch AND #sequence = :sequence',
              ExpressionAttributeNames: { '#sequence': 'sequence' },
              ExpressionAttributeValues: {
                ':epoch': { S: before.epoch },
                ':sequence': { N: String(before.sequence) },
              },
            }
          : { ConditionExpression: 'attribute_not_exists(pk)' }),
      },
    })
    if (segment) items.push({ Put: { TableName: table, Item: segmentItem(head.topic, segment) } })
    if (!before) {
      const Item = { pk: { S: 'topics' }, sk: { S: head.topic }, epoch: { S: head.epoch } }
      items.push({ Put: { TableName: table, Item } })
    }
  }
  return items
}

/** The live table for single topics. */
export function dynamoDbLiveStore(client: DynamoDBClient, table: string): LiveStore {
  return {
    async readHead(topic) {
      return (await readHeads(client, table, [topic])).get(topic)
    },
    write: (topics) => writeIfUnmoved(client, topicWriteItems(table, topics)),
  }
}

function headItem(head: Head): Item {
  const item: Item = {
    pk: { S: head.topic },
    sk: { S: 'head' },
    epoch: { S: head.epoch },
    sequence: { N: String(head.sequence) },
    at: { S: head.at },
    floor: { N: String(head.floor) },
  }
  if (head.value !== undefined) item['value'] = { S: head.value }
  if (head.unread !== undefined) item['unread'] = { N: String(head.unread) }
  if (head.dueAt !== undefined) item['dueAt'] = { N: String(head.dueAt) }
  if (head.trace !== undefined) item['trace'] = { S: head.trace }
  return item
}

function segmentItem(topic: string, segment: Segment): Item {
  return {
    pk: { S: topic },
    sk: { S: segmentSortKey(segment.epoch, segment.last) },
    epoch: { S: segment.epoch },
    first: { N: String(segment.first) },
    last: { N: String(segment.last) },
    entries: { S: segment.entries },
    at: { S: segment.at },
    ...(segment.expiresAt === undefined ? {} : { expiresAt: { N: String(segment.expiresAt) } }),
  }
}

/** A head from its item. */
export function readHeadItem(item: Item): Head {
  const value = item['value']?.S
  const trace = item['trace']?.S
  return {
    topic: stringOf(item, 'pk'),
    epoch: stringOf(item, 'epoch'),
    sequence: numberOf(item, 'sequence'),
    at: stringOf(item, 'at'),
    floor: item['floor'] ? numberOf(item, 'floor') : 0,
    ...(value === undefined ? {} : { value }),
    ...(item['unread'] ? { unread: numberOf(item, 'unread') } : {}),
    ...(item['dueAt'] ? { dueAt: numberOf(item, 'dueAt') } : {}),
    ...(trace === undefined ? {} : { trace }),
  }
}

export function readPublishedItem(item: Item): Published {
  return {
    epoch: stringOf(item, 'epoch'),
    sequence: numberOf(item, 'sequence'),
    at: numberOf(item, 'at'),
  }
}

function readSegmentItem(item: Item): Segment {
  return {
    epoch: stringOf(item, 'epoch'),
    first: numberOf(item, 'first'),
    last: numberOf(item, 'last'),
    entries: stringOf(item, 'entries'),
    at: stringOf(item, 'at'),
  }
}

/** The heads of these topics, strongly read. */
export async function readHeads(
  client: DynamoDBClient,
  table: string,
  topics: readonly string[],
): Promise<Map<string, Head>> {
  const items = await getItems(client, table, topics.map(headKey))
  return new Map(items.map((item) => [stringOf(item, 'pk'), readHeadItem(item)]))
}

export interface SegmentRange {
  readonly topic: string
  readonly epoch: string
  /** Segments that hold an entry after this one … */
  readonly after: number
  /** … and end at this one or before. */
  readonly through: number
  readonly order: 'oldest first' | 'newest first'
  /** Segments a page. */
  readonly pageSize: number
}

/** Segments of a feed's log, strongly read, a page at a time, so that a reader who has enough reads no more. */
export async function* readSegments(
  client: DynamoDBClient,
  table: string,
  range: SegmentRange,
): AsyncGenerator<Segment> {
  if (range.through <= range.after) return
  let start: Item | undefined
  do {
    const answer = await client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :topic AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':topic': { S: range.topic },
          ':from': { S: segmentSortKey(range.epoch, range.after + 1) },
          ':to': { S: segmentSortKey(range.epoch, range.through) },
        },
        ScanIndexForward: range.order === 'oldest first',
        Limit: range.pageSize,
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    )
    for (const item of answer.Items ?? []) yield readSegmentItem(item)
    start = answer.LastEvaluatedKey
  } while (start)
}

/** Every topic that has a head, a page at a time. */
export async function* listTopics(client: DynamoDBClient, table: string): AsyncGenerator<string[]> {
  let start: Item | undefined
  do {
    const answer = await client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :topics',
        ExpressionAttributeValues: { ':topics': { S: 'topics' } },
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    )
    yield (answer.Items ?? []).map((item) => stringOf(item, 'sk'))
    start = answer.LastEvaluatedKey
  } while (start)
}
