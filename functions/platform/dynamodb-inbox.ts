/**
 * Inboxes in DynamoDB; docs/parts.md has the layout. No decisions: what to write is inbox-writes.ts's.
 *
 * @module
 */
import {
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { readSequence, writeSequence } from '../../topics/contract/index.ts'
import { isPassingCancellation, type Item, numberOf, stringOf } from './dynamodb.ts'
import { getItems } from './dynamodb-items.ts'
import { headKey, readHeadItem, topicWriteItems } from './dynamodb-live-table.ts'
import type { InboxNames, InboxStore } from './inbox.ts'
import { expiredAtOnceMax, type InboxBefore, type InboxRecord, type InboxWrite } from './inbox-writes.ts'
import type { Head } from './live-table.ts'

const itemPrefix = (epoch: string): string => `item#${epoch}#`
const itemKey = (topic: string, epoch: string, sequence: number): Item => ({
  pk: { S: topic },
  sk: { S: `${itemPrefix(epoch)}${writeSequence(sequence)}` },
})

/**
 * The items of a transaction that writes this inbox; none when nothing changes. The head comes first. At most 63, and
 * without what expires, 53: the head, a segment, a new topic's line, and a record for each item.
 */
export function inboxWriteItems(table: string, { topic, added, removed }: InboxWrite): TransactWriteItem[] {
  if (!topic) return []
  const { head } = topic
  return [
    ...topicWriteItems(table, [topic]),
    ...added.map((record) => ({ Put: { TableName: table, Item: recordItem(head.topic, record) } })),
    ...removed.map((sequence) => ({
      Delete: {
        TableName: table,
        Key: itemKey(head.topic, head.epoch, sequence),
        ConditionExpression: 'attribute_exists(pk)',
      },
    })),
  ]
}

/** Inboxes to read and to write. */
export interface DynamoDbInbox extends InboxStore<TransactWriteItem> {
  /**
   * Unhandled items of the head's epoch, up to its sequence: `newest first` or `oldest first`, a page at a time, so that
   * who has enough reads no more. What is over is among them.
   */
  unhandled(
    head: Head,
    order: 'newest first' | 'oldest first',
    pageSize: number,
  ): AsyncIterable<Omit<InboxRecord, 'epoch' | 'expiresAt'>>
}

export function dynamoDbInbox(client: DynamoDBClient, table: string): DynamoDbInbox {
  return { read, unhandled, write }

  async function read(topic: string, now: number, names?: InboxNames): Promise<InboxBefore | undefined> {
    // DynamoDB refuses a key that is asked for twice.
    const sequences = [...new Set(names?.sequences)]
    const keys = sequences.map((sequence) => itemKey(topic, names?.epoch ?? '', sequence))
    const found = await getItems(client, table, [headKey(topic), ...keys])
    const headItem = found.find((item) => item['sk']?.S === 'head')
    if (!headItem) return undefined
    const head = readHeadItem(headItem)
    const unhandledNow = new Set(names?.epoch === head.epoch ? found.flatMap(sequencesOf) : [])
    if (head.dueAt === undefined || head.dueAt > now) {
      return { head, expired: [], dueAt: head.dueAt, unhandled: unhandledNow }
    }
    // One more than is taken out at once: it says when the next is due.
    const oldest = await query(
      oldestOf(head, { Limit: expiredAtOnceMax + 1, ProjectionExpression: 'sk, dueAt' }),
    )
    const firstKept = oldest.findIndex(
      (item, index) => index === expiredAtOnceMax || numberOf(item, 'dueAt') > now,
    )
    const expired = (firstKept < 0 ? oldest : oldest.slice(0, firstKept)).flatMap(sequencesOf)
    const next = firstKept < 0 ? undefined : oldest[firstKept]
    return { head, expired, dueAt: next && numberOf(next, 'dueAt'), unhandled: unhandledNow }
  }

  async function* unhandled(head: Head, order: 'newest first' | 'oldest first', pageSize: number) {
    let start: Item | undefined
    do {
      const answer = await client.send(
        new QueryCommand({
          ...oldestOf(head, { Limit: pageSize, ScanIndexForward: order === 'oldest first' }),
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      for (const item of answer.Items ?? []) yield readRecord(item)
      start = answer.LastEvaluatedKey
    } while (start)
  }

  async function query(input: QueryCommandInput): Promise<Item[]> {
    const answer = await client.send(new QueryCommand(input))
    return answer.Items ?? []
  }

  function oldestOf(
    { topic, epoch, sequence }: Head,
    options: Partial<QueryCommandInput>,
  ): QueryCommandInput {
    return {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :topic AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: {
        ':topic': { S: topic },
        ':from': { S: itemPrefix(epoch) },
        ':to': { S: `${itemPrefix(epoch)}${writeSequence(sequence)}` },
      },
      ...options,
    }
  }

  async function write(
    writes: readonly InboxWrite[],
    beside: readonly TransactWriteItem[],
  ): Promise<'written' | 'moved' | 'refused'> {
    const ours = writes.flatMap((each) => inboxWriteItems(table, each))
    const TransactItems = [...ours, ...beside]
    if (TransactItems.length === 0) return 'written'
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems }))
      return 'written'
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error
      const reasons = (error.CancellationReasons ?? []).map(({ Code = 'None' }) => Code)
      const failed = (code: string): boolean => code === 'ConditionalCheckFailed'
      if (!reasons.every((code) => code === 'None' || failed(code) || isPassingCancellation(code)))
        throw error
      return reasons.slice(ours.length).some(failed) ? 'refused' : 'moved'
    }
  }
}

function recordItem(topic: string, { epoch, sequence, value, at, dueAt, expiresAt }: InboxRecord): Item {
  return {
    ...itemKey(topic, epoch, sequence),
    value: { S: value },
    at: { S: at },
    dueAt: { N: String(dueAt) },
    expiresAt: { N: String(expiresAt) },
  }
}

function readRecord(item: Item): Omit<InboxRecord, 'epoch' | 'expiresAt'> {
  const [sequence = 0] = sequencesOf(item)
  return {
    sequence,
    value: stringOf(item, 'value'),
    at: stringOf(item, 'at'),
    dueAt: numberOf(item, 'dueAt'),
  }
}

/** The sequence of an item's record; none for another item of the topic. */
function sequencesOf(item: Item): number[] {
  const sk = stringOf(item, 'sk')
  const sequence = sk.startsWith('item#') ? readSequence(sk.slice(-16)) : undefined
  return sequence === undefined ? [] : [sequence]
}
