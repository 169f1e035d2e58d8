/** POST /suggestions/{suggestionId}/outcome. */
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer, readJsonBody } from '../platform/http.ts'
import { admitPrincipal } from '../platform/principal.ts'
import { systemTime } from '../platform/time.ts'
import { dynamoDbDesk } from './dynamodb-desk.ts'
import { recordOutcome } from './outcome.ts'

const environment = readEnvironment(['DESK_TABLE', 'LIVE_TABLE'])

/** An edited reply of 4,000 characters, each escaped at most. */
const bodyBytesMax = 32_768

// Outlives a request: the client's connections, and whose turn it is to write an inbox.
const ports = {
  desk: dynamoDbDesk(
    createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 }),
    { desk: environment.DESK_TABLE, live: environment.LIVE_TABLE },
    Date.now,
  ),
  table: environment.DESK_TABLE,
  time: systemTime,
  random: Math.random,
}

export const handler = httpHandler(async (event, _context, { trace }) => {
  const { values } = await admitPrincipal(event)
  const request = {
    suggestionId: event.pathParameters?.['suggestionId'],
    agentId: values['agentId'],
    body: readJsonBody(event, bodyBytesMax),
    trace,
  }
  return jsonAnswer(200, await recordOutcome(request, ports))
})
