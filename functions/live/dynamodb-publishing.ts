import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { findContract, type InboxEntry, type RecordedContract } from '../../topics/contract/index.ts'
import { type Item, numberOf, stringOf } from '../platform/dynamodb.ts'
import { getItems } from '../platform/dynamodb-items.ts'
import {
  headKey,
  listTopics,
  publishedKey,
  readHeadItem,
  readPublishedItem,
  readSegments,
} from '../platform/dynamodb-live-table.ts'
import type { Head } from '../platform/live-table.ts'
import type { PublishingTable, TopicState, Watchers } from './publishing.ts'
import type { ReadAllTopics } from './repair.ts'

/** Segments read at a time: of ten entries each, about what one message of 5 KB holds. */
const segmentsPageSize = 4

/** Topics looked at in one BatchGetItem: two or three items each. */
const topicsAtOnce = 33

/** Whether a topic's watchers are wanted: each is one item more to read. */
export type WantsWatchers = (topic: string) => boolean

/** The topics whose contracts stretch their pace. */
export function stretching(contracts: readonly RecordedContract[]): WantsWatchers {
  const auto = contracts.filter(({ pace }) => pace === 'auto')
  return (topic) => auto.length > 0 && findContract(auto, topic) !== undefined
}

/** The live table for publishing. */
export function dynamoDbPublishing(
  client: DynamoDBClient,
  table: string,
  wantsWatchers: WantsWatchers = () => false,
): PublishingTable {
  return {
    async read(topic) {
      const states = await readStates(client, table, [topic], wantsWatchers)
      return states.get(topic) ?? { head: undefined, published: undefined }
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
export function dynamoDbAllTopics(
  client: DynamoDBClient,
  table: string,
  wantsWatchers: WantsWatchers = () => false,
): ReadAllTopics {
  return async function* readAll() {
    for await (const topics of listTopics(client, table)) {
      for (let start = 0; start < topics.length; start += topicsAtOnce) {
        yield [...(await readStates(client, table, topics.slice(start, start + topicsAtOnce), wantsWatchers))]
      }
    }
  }
}

const watchersKey = (topic: string): Item => ({ pk: { S: topic }, sk: { S: 'watchers' } })

function readWatchersItem(item: Item): Watchers {
  return { count: numberOf(item, 'count'), at: numberOf(item, 'at') }
}

async function readStates(
  client: DynamoDBClient,
  table: string,
  topics: readonly string[],
  wantsWatchers: WantsWatchers,
): Promise<Map<string, TopicState>> {
  const items = await getItems(
    client,
    table,
    topics.flatMap((topic) => [
      headKey(topic),
      publishedKey(topic),
      ...(wantsWatchers(topic) ? [watchersKey(topic)] : []),
    ]),
  )
  const states = new Map<string, TopicState>()
  for (const item of items) {
    const topic = stringOf(item, 'pk')
    const state = states.get(topic) ?? { head: undefined, published: undefined }
    const kind = item['sk']?.S
    if (kind === 'head') states.set(topic, { ...state, head: readHeadItem(item) })
    else if (kind === 'published') states.set(topic, { ...state, published: readPublishedItem(item) })
    else states.set(topic, { ...state, watchers: readWatchersItem(item) })
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
