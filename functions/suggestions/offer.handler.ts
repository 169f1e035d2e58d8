/** The third part of a suggestion: puts what was found into the agent's inbox. */
import { callback } from '../platform/bus/callback.ts'
import { dynamoDbRequests } from '../platform/bus/dynamodb-requests.ts'
import { queueHandler } from '../platform/bus/queue-handler.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { writeIfUnmoved } from '../platform/dynamodb-items.ts'
import { readEnvironment } from '../platform/environment.ts'
import { systemTime } from '../platform/time.ts'
import { dynamoDbDesk } from './dynamodb-desk.ts'
import { rankReplies } from './events.ts'
import { offer } from './offer.ts'

const environment = readEnvironment(['DESK_TABLE', 'LIVE_TABLE', 'SETTLE_QUEUE_URL', 'ESCALATION_SECONDS'])

// Outlives a request: the client's connections, and whose turn it is to write an inbox.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 })
const ports = {
  desk: dynamoDbDesk(client, { desk: environment.DESK_TABLE, live: environment.LIVE_TABLE }, Date.now),
  write: (items: Parameters<typeof writeIfUnmoved>[1]) => writeIfUnmoved(client, items),
  table: environment.DESK_TABLE,
  settleQueueUrl: environment.SETTLE_QUEUE_URL,
  escalationSeconds: environment.ESCALATION_SECONDS,
  now: Date.now,
}

export const handler = queueHandler(
  callback(
    rankReplies,
    {
      async onReply(answer, asked, { trace, log }) {
        if ('error' in answer) log.warn('no replies were found', { ...answer.error, ...asked.context })
        return offer(asked, 'reply' in answer ? answer.reply.replies : [], trace, ports)
      },
      // Nobody found anything in time: the question itself waits for an agent.
      onDeadline: (asked, { trace }) => offer(asked, [], trace, ports),
    },
    {
      requests: dynamoDbRequests(client, environment.DESK_TABLE),
      time: systemTime,
      random: Math.random,
    },
  ),
)
