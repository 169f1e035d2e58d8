import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { getItems } from '../../platform/dynamodb-items.ts'
import {
  dynamoDbLiveStore,
  headKey,
  publishedKey,
  readHeadItem,
  readPublishedItem,
} from '../../platform/dynamodb-live-table.ts'
import { stringOf } from '../../platform/dynamodb.ts'
import { readCounts } from './dynamodb-presence.ts'
import type { TellPorts } from './tell.ts'

/** What telling needs of the two tables; docs/parts.md has their layout. */
export function dynamoDbTelling(
  client: DynamoDBClient,
  tables: { readonly presence: string; readonly live: string },
): Pick<TellPorts, 'counts' | 'told' | 'write' | 'putWatchers'> {
  const store = dynamoDbLiveStore(client, tables.live)
  return {
    write: (topics) => store.write(topics),
    counts: (topics) => readCounts(client, tables.presence, topics),
    async told(topic, watching) {
      const keys = [headKey(topic), headKey(watching), publishedKey(watching)]
      const items = await getItems(client, tables.live, keys)
      const find = (pk: string, sk: string) =>
        items.find((item) => stringOf(item, 'pk') === pk && stringOf(item, 'sk') === sk)
      const head = find(watching, 'head')
      const published = find(watching, 'published')
      return {
        exists: find(topic, 'head') !== undefined,
        head: head && readHeadItem(head),
        published: published && readPublishedItem(published),
      }
    },
    async putWatchers(topic, { count, at }) {
      await client.send(
        new PutItemCommand({
          TableName: tables.live,
          Item: {
            pk: { S: topic },
            sk: { S: 'watchers' },
            count: { N: String(count) },
            at: { N: String(at) },
          },
        }),
      )
    },
  }
}
