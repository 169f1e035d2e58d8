/** GET /state and GET /events. */
import { messageContentType } from '../../topics/contract/index.ts'
import { contracts, isRecorded } from '../../topics/index.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer, readBearer } from '../platform/http.ts'
import { createVerifySession } from '../platform/session-token/verify-session.ts'
import { dynamoDbHistory } from './dynamodb-history.ts'
import { readEvents, readState } from './history.ts'

const environment = readEnvironment(['LIVE_TABLE', 'SESSIONS_TABLE', 'SIGNING_PUBLIC_KEYS_PARAMETER'])

// Outlive a request: the public keys for five minutes, the client's connections.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 })
const ports = {
  contracts: contracts.filter(isRecorded),
  table: dynamoDbHistory(client, environment.LIVE_TABLE),
  verify: createVerifySession(client, environment),
}

export const handler = httpHandler(async (event) => {
  const query = event.queryStringParameters ?? {}
  const bearer = readBearer(event)
  if (event.routeKey === 'GET /state') {
    return {
      statusCode: 200,
      headers: { 'content-type': messageContentType, 'cache-control': 'no-store' },
      body: await readState(query['topic'], bearer, ports),
    }
  }
  const { answer, cacheControl } = await readEvents(
    { topic: query['topic'], after: query['after'], epoch: query['epoch'], limit: query['limit'] },
    bearer,
    ports,
  )
  return jsonAnswer(200, answer, { 'cache-control': cacheControl })
})
