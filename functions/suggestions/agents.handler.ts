/** PUT /agents/{agentId}, staff only. */
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer, readJsonBody } from '../platform/http.ts'
import { admitRole } from '../platform/principal.ts'
import { putAgent } from './agents.ts'

const environment = readEnvironment(['DESK_TABLE', 'SERVICE_TOKENS'])

// Outlives a request: the client's connections.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 })

export const handler = httpHandler(async (event) => {
  await admitRole(event, 'staff', environment.SERVICE_TOKENS)
  const { created, agent } = await putAgent(
    event.pathParameters?.['agentId'],
    readJsonBody(event, 4096),
    client,
    environment.DESK_TABLE,
  )
  return jsonAnswer(created ? 201 : 200, agent)
})
