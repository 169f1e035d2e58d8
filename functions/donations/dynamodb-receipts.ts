import type { AttributeValue as StreamValue } from 'aws-lambda'
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { ReceiptPorts, RecordedDonation } from './receipt.ts'

const donationKey = (donationId: string) => ({ pk: { S: `donation#${donationId}` } })

/** Receipts' part of the donations table. Campaigns' names are kept for a minute, from one invocation to the next. */
export function dynamoDbReceipts(
  client: DynamoDBClient,
  table: string,
  now: () => number,
): Pick<ReceiptPorts, 'isSent' | 'campaignName' | 'markSent'> {
  const names = new Map<string, { name: string | undefined; until: number }>()
  return {
    async isSent(donationId) {
      const answer = await client.send(
        new GetItemCommand({
          TableName: table,
          Key: donationKey(donationId),
          ConsistentRead: true,
          ProjectionExpression: 'receiptSentAt',
        }),
      )
      return answer.Item?.['receiptSentAt'] !== undefined
    },
    async campaignName(campaignId) {
      const kept = names.get(campaignId)
      if (kept && kept.until > now()) return kept.name
      const answer = await client.send(
        new GetItemCommand({ TableName: table, Key: { pk: { S: `campaign#${campaignId}` } } }),
      )
      const name = answer.Item?.['name']?.S
      if (names.size >= 1_000) names.clear()
      names.set(campaignId, { name, until: now() + 60_000 })
      return name
    },
    async markSent(donationId, at) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: donationKey(donationId),
            UpdateExpression: 'SET receiptSentAt = :at',
            // The record must be there: an update alone would make one without a donation.
            ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(receiptSentAt)',
            ExpressionAttributeValues: { ':at': { S: at } },
          }),
        )
      } catch (error) {
        // Somebody else noted it, which is what the condition is for.
        if (!(error instanceof ConditionalCheckFailedException)) throw error
      }
    },
  }
}

/** A donation from its stream image; undefined for an item that is no donation. */
export function readDonationImage(image: Record<string, StreamValue>): RecordedDonation | undefined {
  const pk = image['pk']?.S
  if (!pk?.startsWith('donation#')) return undefined
  const text = (name: string): string => {
    const value = image[name]?.S
    if (value === undefined) throw new TypeError(`record ${pk} has no attribute ${name} of type S`)
    return value
  }
  const name = image['name']?.S
  const email = image['email']?.S
  return {
    donationId: pk.slice('donation#'.length),
    campaignId: text('campaignId'),
    amount: { value: Number(image['amount']?.N), currency: text('currency') },
    acceptedAt: text('acceptedAt'),
    status: image['status']?.S === 'counted' ? 'counted' : 'unmatched',
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
  }
}
