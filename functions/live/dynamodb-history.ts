import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { headKey, readHeadItem, readSegments } from '../platform/dynamodb-live-table.ts'
import { entriesNewestFirst } from './dynamodb-publishing.ts'
import type { HistoryTable } from './history.ts'

/** Segments read at a time: of ten entries each, a usual page. */
const segmentsPageSize = 12

/** The live table for readers. */
export function dynamoDbHistory(client: DynamoDBClient, table: string): HistoryTable {
  return {
    async head(topic) {
      const answer = await client.send(
        new GetItemCommand({ TableName: table, Key: headKey(topic), ConsistentRead: true }),
      )
      return answer.Item && readHeadItem(answer.Item)
    },
    entriesNewestFirst: (head, after) => entriesNewestFirst(client, table, head, after),
    segments: ({ topic, epoch, sequence }, after) =>
      readSegments(client, table, {
        topic,
        epoch,
        after,
        through: sequence,
        order: 'oldest first',
        pageSize: segmentsPageSize,
      }),
  }
}
