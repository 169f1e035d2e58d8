import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { campaignDonations } from '../../topics/campaign-donations.ts'
import { campaignTotal } from '../../topics/campaign-total.ts'
import { topicOf } from '../../topics/contract/index.ts'
import { type Item, numberOf, stringOf } from '../platform/dynamodb.ts'
import { writeIfUnmoved } from '../platform/dynamodb-items.ts'
import { readHeads, topicWriteItems } from '../platform/dynamodb-live-table.ts'
import type { CampaignRecord, CampaignStore, StoredCampaign } from './put.ts'

/** Names of the two tables. */
export interface CampaignTables {
  readonly donations: string
  readonly live: string
}

/** A campaign's item and the heads of its topics, each strongly read. */
export async function readStoredCampaign(
  client: DynamoDBClient,
  tables: CampaignTables,
  campaignId: string,
): Promise<StoredCampaign> {
  const total = topicOf(campaignTotal, { campaignId })
  const donations = topicOf(campaignDonations, { campaignId })
  const [{ Item: item }, heads] = await Promise.all([
    client.send(
      new GetItemCommand({
        TableName: tables.donations,
        Key: { pk: { S: `campaign#${campaignId}` } },
        ConsistentRead: true,
      }),
    ),
    readHeads(client, tables.live, [total, donations]),
  ])
  return {
    campaign: item && readCampaignItem(campaignId, item),
    total: heads.get(total),
    donations: heads.get(donations),
  }
}

/** Campaigns over the two tables; docs/parts.md has their layout. */
export function dynamoDbCampaigns(client: DynamoDBClient, tables: CampaignTables): CampaignStore {
  return {
    read: (campaignId) => readStoredCampaign(client, tables, campaignId),
    write: (campaign, topics) =>
      // The campaign needs no condition of its own: the head beside it has one, and moves with every change.
      writeIfUnmoved(client, [
        { Put: { TableName: tables.donations, Item: campaignItem(campaign) } },
        ...topicWriteItems(tables.live, topics),
      ]),
  }
}

function readCampaignItem(campaignId: string, item: Item): CampaignRecord {
  return {
    campaignId,
    name: stringOf(item, 'name'),
    currency: stringOf(item, 'currency'),
    ...(item['goal'] ? { goal: numberOf(item, 'goal') } : {}),
    createdAt: stringOf(item, 'createdAt'),
  }
}

function campaignItem({ campaignId, name, currency, goal, createdAt }: CampaignRecord): Item {
  const item: Item = {
    pk: { S: `campaign#${campaignId}` },
    name: { S: name },
    currency: { S: currency },
    createdAt: { S: createdAt },
  }
  if (goal !== undefined) item['goal'] = { N: String(goal) }
  return item
}
