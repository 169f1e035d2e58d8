/** What happened to a conversation, or a suggestion's deadline: moves, takes back and escalates what waits. */
import { consume, queueHandler } from '../platform/bus/queue-handler.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { systemTime } from '../platform/time.ts'
import { settleConversation, settleDue } from './settle.ts'
import { dynamoDbDesk } from './dynamodb-desk.ts'
import { conversationAnswered, conversationAssigned, conversationClosed, suggestionDue } from './events.ts'

const environment = readEnvironment(['DESK_TABLE', 'LIVE_TABLE'])

// Outlives a request: the client's connections, and whose turn it is to write an inbox.
const ports = {
  desk: dynamoDbDesk(
    createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 }),
    { desk: environment.DESK_TABLE, live: environment.LIVE_TABLE },
    Date.now,
  ),
  time: systemTime,
  random: Math.random,
}

export const handler = queueHandler([
  ...[conversationAssigned, conversationAnswered, conversationClosed].map((definition) =>
    consume(definition, ({ data }, { trace }) => settleConversation(data.conversationId, trace, ports)),
  ),
  consume(suggestionDue, ({ data }, { trace }) => settleDue(data, trace, ports)),
])
