import {
  BatchGetItemCommand,
  type CancellationReason,
  type DynamoDBClient,
  type TransactWriteItem,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { campaignDonations } from '../../topics/campaign-donations.ts'
import { campaignTotal } from '../../topics/campaign-total.ts'
import { topicOf } from '../../topics/contract/index.ts'
import { isPassing, type Item, numberOf, stringOf } from '../platform/dynamodb.ts'
import { headKey, readHeadItem, topicWriteItems } from '../platform/dynamodb-live-table.ts'
import type { CampaignHeads, CampaignState, DonationRecord } from './ledger-plan.ts'
import type { CommitOutcome, LedgerStore } from './ledger.ts'

export interface LedgerTables {
  readonly donations: string
  readonly live: string
}

/** The ledger's transactions over the two tables; docs/parts.md has their layout. */
export function dynamoDbLedger(client: DynamoDBClient, tables: LedgerTables): LedgerStore {
  return {
    async read(campaignId) {
      return readCampaign(client, tables, campaignId)
    },
    async commit(campaignId, { records, topics }) {
      const items = [
        ...records.map((record) => donationPut(tables.donations, record)),
        ...topicWriteItems(tables.live, topics),
      ]
      try {
        await client.send(new TransactWriteItemsCommand({ TransactItems: items }))
        return { outcome: 'committed' }
      } catch (error) {
        if (error instanceof TransactionCanceledException) {
          return readReasons(error, items, topicNames(campaignId))
        }
        if (isPassing(error)) return { outcome: 'busy' }
        throw error
      }
    },
  }
}

const topicNames = (campaignId: string) => ({
  total: topicOf(campaignTotal, { campaignId }),
  donations: topicOf(campaignDonations, { campaignId }),
})

/** A campaign's item and heads, strongly read in one request over both tables. */
export async function readCampaign(
  client: DynamoDBClient,
  tables: LedgerTables,
  campaignId: string,
): Promise<CampaignState> {
  const topics = topicNames(campaignId)
  const answer = await client.send(
    new BatchGetItemCommand({
      RequestItems: {
        [tables.donations]: { Keys: [{ pk: { S: `campaign#${campaignId}` } }], ConsistentRead: true },
        [tables.live]: { Keys: [headKey(topics.total), headKey(topics.donations)], ConsistentRead: true },
      },
    }),
  )
  // Half an answer must not pass for a campaign without heads.
  if (Object.keys(answer.UnprocessedKeys ?? {}).length > 0) {
    throw new Error(`BatchGetItem left keys of campaign ${campaignId} unread: the tables are throttled`)
  }
  const campaign = answer.Responses?.[tables.donations]?.[0]
  const heads = (answer.Responses?.[tables.live] ?? []).map(readHeadItem)
  return {
    campaign: campaign && {
      name: stringOf(campaign, 'name'),
      currency: stringOf(campaign, 'currency'),
      ...(campaign['goal'] ? { goal: numberOf(campaign, 'goal') } : {}),
    },
    heads: {
      total: heads.find((head) => head.topic === topics.total),
      donations: heads.find((head) => head.topic === topics.donations),
    },
  }
}

function donationPut(table: string, { donation, status, recordedAt }: DonationRecord): TransactWriteItem {
  const item: Item = {
    pk: { S: `donation#${donation.donationId}` },
    campaignId: { S: donation.campaignId },
    amount: { N: String(donation.amount.value) },
    currency: { S: donation.amount.currency },
    hash: { S: donation.hash },
    acceptedAt: { S: donation.acceptedAt },
    recordedAt: { S: recordedAt },
    status: { S: status },
  }
  if (donation.donor?.name) item['name'] = { S: donation.donor.name }
  if (donation.donor?.email) item['email'] = { S: donation.donor.email }
  if (donation.comment) item['comment'] = { S: donation.comment }
  return {
    Put: {
      TableName: table,
      Item: item,
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  }
}

/** Reads why a transaction was cancelled. Reasons stand in the order of its items; those not at fault say None. */
function readReasons(
  error: TransactionCanceledException,
  items: readonly TransactWriteItem[],
  topics: { total: string; donations: string },
): CommitOutcome {
  const recorded = new Map<string, string>()
  const heads: { -readonly [Name in keyof CampaignHeads]?: CampaignHeads[Name] } = {}
  let moved = false
  let reread = false
  for (const [index, reason] of (error.CancellationReasons ?? []).entries()) {
    if (!reason.Code || reason.Code === 'None') continue
    if (reason.Code !== 'ConditionalCheckFailed') {
      if (isBusy(reason)) continue
      throw new Error(`item ${index} of the transaction was refused: ${reason.Code} ${reason.Message ?? ''}`, {
        cause: error,
      })
    }
    const pk = items[index]?.Put?.Item?.['pk']?.S ?? ''
    if (pk.startsWith('donation#')) {
      if (!reason.Item) throw new Error(`the refused ${pk} came without its record`, { cause: error })
      recorded.set(pk.slice('donation#'.length), stringOf(reason.Item, 'hash'))
      continue
    }
    moved = true
    // A head that was there and is gone gives no item; only a new read tells.
    if (!reason.Item) reread = true
    else heads[pk === topics.total ? 'total' : 'donations'] = readHeadItem(reason.Item)
  }
  if (!moved && recorded.size === 0) return { outcome: 'busy' }
  return { outcome: 'refused', recorded, heads: reread ? 'reread' : moved ? heads : 'as read' }
}

/** Whether another attempt may succeed as it is. */
function isBusy(reason: CancellationReason): boolean {
  return ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'].includes(reason.Code ?? '')
}
