/** Records what the queue brings; answers only the messages that have to come again. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { createDynamoDb, isPassing } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { eventHandler } from '../platform/handler.ts'
import { log } from '../platform/log.ts'
import { systemTime } from '../platform/time.ts'
import { readAcceptedDonation } from './donation.ts'
import { dynamoDbLedger } from './dynamodb-ledger.ts'
import { createLedger, type LedgerMessage } from './ledger.ts'

const environment = readEnvironment(['DONATIONS_TABLE', 'LIVE_TABLE'])

/** Longest wait for one transaction's answer, ms. */
const requestTimeoutMs = 3_000

/** Left of the time-out when the ledger stops trying, ms: a last request may be under way, and the answer takes a moment. */
const reserveMs = requestTimeoutMs + 2_000

// Outlives a request: the client's connections, heads the ledger wrote, donations it recorded.
const record = createLedger({
  // One attempt: the ledger backs off itself, with the jitter that keeps writers apart.
  store: dynamoDbLedger(createDynamoDb({ requestTimeoutMs, attempts: 1 }), {
    donations: environment.DONATIONS_TABLE,
    live: environment.LIVE_TABLE,
  }),
  time: systemTime,
  random: Math.random,
  log,
  isPassing,
})

export const handler = eventHandler(async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const messages: LedgerMessage[] = []
  const failed: string[] = []
  for (const { messageId, body } of event.Records) {
    try {
      messages.push({ messageId, donation: readAcceptedDonation(body) })
    } catch (error) {
      // Fails alone, again and again, until the queue sets it aside in its dead-letter queue for a person to read.
      log.error('message is no donation', { requestId: context.awsRequestId, messageId, error })
      failed.push(messageId)
    }
  }
  const deadline = Date.now() + context.getRemainingTimeInMillis() - reserveMs
  for (const { messageId } of await record(messages, deadline)) failed.push(messageId)
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
})
