/** Counts who watches, from the lifecycle events that the queue brings. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { contracts } from '../../../topics/index.ts'
import { createDynamoDb, isPassing } from '../../platform/dynamodb.ts'
import { readEnvironment } from '../../platform/environment.ts'
import { eventHandler } from '../../platform/handler.ts'
import { log } from '../../platform/log.ts'
import { systemTime } from '../../platform/time.ts'
import { dynamoDbPresence } from './dynamodb-presence.ts'
import { type PresenceEvent, readPresenceEvent } from './presence-event.ts'
import { recordEvents } from './record.ts'
import { watchedTopics } from './watched-topics.ts'

const environment = readEnvironment(['PRESENCE_TABLE'])

/** Longest wait for one request's answer, ms. */
const requestTimeoutMs = 3_000

/** Left of the time-out when it stops trying, ms: a last request may be under way. */
const reserveMs = requestTimeoutMs + 2_000

// Outlive a request: the clients' connections, and which topics are counted.
const watched = watchedTopics(contracts)
const ports = {
  // One attempt: recording backs off itself, with the jitter that keeps two writers apart.
  store: dynamoDbPresence(createDynamoDb({ requestTimeoutMs, attempts: 1 }), environment.PRESENCE_TABLE),
  time: systemTime,
  random: Math.random,
  log,
  isPassing,
}

export const handler = eventHandler(async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const failed: string[] = []
  const messages: { readonly messageId: string; readonly event: PresenceEvent }[] = []
  for (const { messageId, body } of event.Records) {
    try {
      const presence = readPresenceEvent(body, watched)
      if (presence) messages.push({ messageId, event: presence })
    } catch (error) {
      // Fails alone, until the queue sets it aside.
      log.error('message is no lifecycle event', { requestId: context.awsRequestId, messageId, error })
      failed.push(messageId)
    }
  }
  const deadline = Date.now() + context.getRemainingTimeInMillis() - reserveMs
  const again = await recordEvents(
    messages.map((message) => message.event),
    ports,
    deadline,
  )
  for (const message of messages) if (again.has(message.event.principal)) failed.push(message.messageId)
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
})
