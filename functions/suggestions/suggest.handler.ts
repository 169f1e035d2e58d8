/** The first part of a suggestion: asks for the replies that fit what a customer wrote. */
import { consume, queueHandler } from '../platform/bus/queue-handler.ts'
import { requestKey } from '../platform/bus/request.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { getItems, writeIfUnmoved } from '../platform/dynamodb-items.ts'
import { readEnvironment } from '../platform/environment.ts'
import { messageReceived } from './events.ts'
import { askForReplies } from './suggest.ts'

const { DESK_TABLE, RANK_QUEUE_URL, OFFER_QUEUE_URL } = readEnvironment([
  'DESK_TABLE',
  'RANK_QUEUE_URL',
  'OFFER_QUEUE_URL',
])

// Outlives a request: the client's connections.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 })
const ports = {
  write: (items: Parameters<typeof writeIfUnmoved>[1]) => writeIfUnmoved(client, items),
  isAsked: async (correlationId: string) =>
    (await getItems(client, DESK_TABLE, [requestKey(correlationId)])).length > 0,
  table: DESK_TABLE,
  rankQueueUrl: RANK_QUEUE_URL,
  offerQueueUrl: OFFER_QUEUE_URL,
  now: Date.now,
}

export const handler = queueHandler([
  consume(messageReceived, (event, { trace }) => askForReplies(event, trace, ports)),
])
