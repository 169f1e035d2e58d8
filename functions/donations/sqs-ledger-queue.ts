import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SendDonation } from './accept.ts'

/** Sends a donation straight to the ledger's queue, as SNS would have delivered it. */
export function sqsLedgerQueue(queueUrl: string): SendDonation {
  // Two attempts of 2 s stay, with SNS's 3 s before them, inside accept's 10 s.
  const client = new SQSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  })
  return async (donation) => {
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(donation) }))
  }
}
