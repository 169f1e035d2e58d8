/**
 * The saved replies in the desk table: all under the partition key `replies`. Whoever changes one counts up the version
 * beside them in the same transaction; docs/support-desk.md has the layout.
 *
 * @module
 */
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb'
import { type Item, numberOf, stringOf } from '../platform/dynamodb.ts'
import { getItems } from '../platform/dynamodb-items.ts'
import type { KnowledgeStore } from './knowledge-base.ts'
import type { ReplyCounts, SavedReply } from './suggester.ts'

const pk = { S: 'replies' }
export const replyKey = (replyId: string): Item => ({ pk, sk: { S: `reply#${replyId}` } })
export const countsKey = (replyId: string): Item => ({ pk, sk: { S: `counts#${replyId}` } })
export const versionKey: Item = { pk, sk: { S: 'version' } }

/** The knowledge base in the desk table. */
export function dynamoDbKnowledge(client: DynamoDBClient, table: string): KnowledgeStore {
  return {
    async versions() {
      const [item] = await getItems(client, table, [versionKey])
      return item
        ? { texts: numberOf(item, 'texts'), counts: numberOf(item, 'counts') }
        : { texts: 0, counts: 0 }
    },
    async replies() {
      return (await queryAll('reply#')).map(readReplyItem)
    },
    async counts() {
      const items = await queryAll('counts#')
      return new Map(
        items.map((item) => [stringOf(item, 'sk').slice('counts#'.length), readCountsItem(item)]),
      )
    },
  }

  /** Strongly read, a page at a time: what the version counts is in it. */
  async function queryAll(prefix: string): Promise<Item[]> {
    const items: Item[] = []
    let start: Item | undefined
    do {
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :replies AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':replies': pk, ':prefix': { S: prefix } },
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      items.push(...(answer.Items ?? []))
      start = answer.LastEvaluatedKey
    } while (start)
    return items
  }
}

export function replyItem({ replyId, title, text, keywords }: SavedReply): Item {
  return {
    ...replyKey(replyId),
    title: { S: title },
    text: { S: text },
    keywords: { L: keywords.map((keyword) => ({ S: keyword })) },
  }
}

function readReplyItem(item: Item): SavedReply {
  return {
    replyId: stringOf(item, 'sk').slice('reply#'.length),
    title: stringOf(item, 'title'),
    text: stringOf(item, 'text'),
    keywords: (item['keywords']?.L ?? []).flatMap(({ S: keyword }) => keyword ?? []),
  }
}

function readCountsItem(item: Item): ReplyCounts {
  return { taken: numberOf(item, 'taken'), dismissed: numberOf(item, 'dismissed') }
}
