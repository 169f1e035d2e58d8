import {
  type DynamoDBClient,
  type TransactWriteItem,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { campaignTotal } from '../../topics/campaign-total.ts'
import { topicOf } from '../../topics/contract/index.ts'
import { type CampaignTables, readStoredCampaign } from '../campaigns/dynamodb-campaigns.ts'
import { isPassing, isPassingCancellation, type Item, stringOf } from '../platform/dynamodb.ts'
import { readHeadItem, topicWriteItems } from '../platform/dynamodb-live-table.ts'
import type { CampaignHeads, DonationRecord } from './ledger-plan.ts'
import type { CommitOutcome, LedgerStore } from './ledger.ts'

/** The ledger's transactions over the two tables; docs/parts.md has their layout. */
export function dynamoDbLedger(client: DynamoDBClient, tables: CampaignTables): LedgerStore {
  return {
    async read(campaignId) {
      const { campaign, total, donations } = await readStoredCampaign(client, tables, campaignId)
      return { campaign, heads: { total, donations } }
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
          return readReasons(error, items, topicOf(campaignTotal, { campaignId }))
        }
        if (isPassing(error)) return { outcome: 'busy' }
        throw error
      }
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
  totalTopic: string,
): CommitOutcome {
  const recorded = new Map<string, string>()
  const heads: { -readonly [Name in keyof CampaignHeads]?: CampaignHeads[Name] } = {}
  let conflict = false
  let moved = false
  let reread = false
  for (const [index, reason] of (error.CancellationReasons ?? []).entries()) {
    if (!reason.Code || reason.Code === 'None') continue
    if (reason.Code !== 'ConditionalCheckFailed') {
      conflict ||= reason.Code === 'TransactionConflict'
      if (isPassingCancellation(reason.Code)) continue
      throw new Error(
        `item ${index} of the transaction was refused: ${reason.Code} ${reason.Message ?? ''}`,
        {
          cause: error,
        },
      )
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
    else heads[pk === totalTopic ? 'total' : 'donations'] = readHeadItem(reason.Item)
  }
  if (!moved && recorded.size === 0) return { outcome: conflict ? 'conflict' : 'busy' }
  return { outcome: 'refused', recorded, heads: reread ? 'reread' : moved ? heads : 'as read' }
}
