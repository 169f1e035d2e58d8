import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { InboxEntry } from '../../topics/contract/index.ts'
import { stringOf } from '../platform/dynamodb.ts'
import {
  getItems,
  headKey,
  listTopics,
  publishedKey,
  readHeadItem,
  readPublishedItem,
  readSegments,
} from '../platform/dynamodb-live-table.ts'
import type { Head } from '../platform/live-table.ts'
import type { PublishingTable, TopicState } from './publishing.ts'
import type { ReadAllTopics } from './repair.ts'

/** Segments read at a time: of ten entries each, about what one message of 5 KB holds. */
const segmentsPageSize = 4

/** Topics looked at in one BatchGetItem: two items each. */
const topicsAtOnce = 50

/** The live table for publishing. */
export function dynamoDbPublishing(client: DynamoDBClient, table: string): PublishingTable {
  return {
    async read(topic) {
      return (
        (await readStates(client, table, [topic])).get(topic) ?? { head: undefined, published: undefined }
      )
    },
    entries: (head, after) => entriesNewestFirst(client, table, head, after),
    async markPublished(topic, { epoch, sequence, at }) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: publishedKey(topic),
            UpdateExpression: 'SET epoch = :epoch, #sequence = :sequence, #at = :at',
            ConditionExpression:
              'attribute_not_exists(pk) OR epoch < :epoch OR (epoch = :epoch AND (#sequence < :sequence OR (#sequence = :sequence AND #at < :at)))',
            ExpressionAttributeNames: { '#sequence': 'sequence', '#at': 'at' },
            ExpressionAttributeValues: {
              ':epoch': { S: epoch },
              ':sequence': { N: String(sequence) },
              ':at': { N: String(at) },
            },
          }),
        )
      } catch (error) {
        // Something newer is noted already, which is what the condition is for.
        if (!(error instanceof ConditionalCheckFailedException)) throw error
      }
    },
  }
}

/** Every topic's head and what was published of it. */
export function dynamoDbAllTopics(client: DynamoDBClient, table: string): ReadAllTopics {
  return async function* readAll() {
    for await (const topics of listTopics(client, table)) {
      for (let start = 0; start < topics.length; start += topicsAtOnce) {
        yield [...(await readStates(client, table, topics.slice(start, start + topicsAtOnce)))]
      }
    }
  }
}

async function readStates(
  client: DynamoDBClient,
  table: string,
  topics: readonly string[],
): Promise<Map<string, TopicState>> {
  const items = await getItems(
    client,
    table,
    topics.flatMap((topic) => [headKey(topic), publishedKey(topic)]),
  )
  const states = new Map<string, TopicState>()
  for (const item of items) {
    const topic = stringOf(item, 'pk')
    const state = states.get(topic) ?? { head: undefined, published: undefined }
    states.set(
      topic,
      item['sk']?.S === 'head'
        ? { ...state, head: readHeadItem(item) }
        : { ...state, published: readPublishedItem(item) },
    )
  }
  return states
}

/** A log's entries from the head's back to the one after `after`. */
export async function* entriesNewestFirst(
  client: DynamoDBClient,
  table: string,
  head: Head,
  after: number,
): AsyncGenerator<readonly [number, InboxEntry<unknown>]> {
  const segments = readSegments(client, table, {
    topic: head.topic,
    epoch: head.epoch,
    after,
    through: head.sequence,
    order: 'newest first',
    pageSize: segmentsPageSize,
  })
  for await (const segment of segments) {
    const entries = JSON.parse(segment.entries) as InboxEntry<unknown>[]
    for (let sequence = segment.last; sequence >= segment.first && sequence > after; sequence--) {
      const entry = entries[sequence - segment.first]
      if (entry) yield [sequence, entry]
    }
  }
}
