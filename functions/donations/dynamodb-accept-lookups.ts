import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { AcceptLookups } from './accept.ts'

/** Accept's look-ups in the donations table. */
export function dynamoDbAcceptLookups(client: DynamoDBClient, table: string): AcceptLookups {
  return {
    async recordedHash(donationId) {
      // Not strongly read: half the cost, and the ledger decides about the last milliseconds anyway.
      const answer = await client.send(
        new GetItemCommand({ TableName: table, Key: { pk: { S: `donation#${donationId}` } } }),
      )
      return answer.Item?.['hash']?.S
    },
    async campaignCurrency(campaignId) {
      const answer = await client.send(
        new GetItemCommand({
          TableName: table,
          Key: { pk: { S: `campaign#${campaignId}` } },
          ConsistentRead: true,
        }),
      )
      return answer.Item?.['currency']?.S
    },
  }
}
