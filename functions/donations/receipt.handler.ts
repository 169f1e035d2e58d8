/** Receipts, as the donations table's stream tells of new records. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import type { Context, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { eventHandler } from '../platform/handler.ts'
import { log } from '../platform/log.ts'
import { sesMailer } from '../platform/mail/ses-mailer.ts'
import { dynamoDbReceipts, readDonationImage } from './dynamodb-receipts.ts'
import { sendReceipt } from './receipt.ts'
import { sqsReceiptFailures } from './sqs-receipt-failures.ts'

const environment = readEnvironment(['DONATIONS_TABLE', 'MAIL_FROM', 'RECEIPT_FAILURES_QUEUE_URL'])

// Outlive a request: the clients' connections, campaigns' names for a minute.
const ports = {
  ...dynamoDbReceipts(
    createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 }),
    environment.DONATIONS_TABLE,
    Date.now,
  ),
  send: sesMailer(environment.MAIL_FROM),
  setAside: sqsReceiptFailures(environment.RECEIPT_FAILURES_QUEUE_URL),
  now: Date.now,
}
const processor = new BatchProcessor(EventType.DynamoDBStreams)

async function handleRecord({ dynamodb, eventID }: DynamoDBRecord): Promise<void> {
  const donation = dynamodb?.NewImage && readDonationImage(dynamodb.NewImage)
  if (!donation) return
  try {
    await sendReceipt(donation, ports)
  } catch (error) {
    log.error('receipt not sent; its record comes again', { eventID, donationId: donation.donationId, error })
    throw error
  }
}

export const handler = eventHandler((event: DynamoDBStreamEvent, context: Context) =>
  processPartialResponse(event, handleRecord, processor, { context, throwOnFullBatchFailure: false }),
)
