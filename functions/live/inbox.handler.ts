/** GET /inbox and POST /inbox. */
import { contracts, isRecorded } from '../../topics/index.ts'
import { dynamoDbInbox } from '../platform/dynamodb-inbox.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer, readBearer, readJsonBody } from '../platform/http.ts'
import { createInbox } from '../platform/inbox.ts'
import { createVerifySession } from '../platform/session-token/verify-session.ts'
import { systemTime } from '../platform/time.ts'
import { dynamoDbHistory } from './dynamodb-history.ts'
import { handledBodyBytesMax, handleItems, readInbox } from './inbox.ts'

const environment = readEnvironment(['LIVE_TABLE', 'SESSIONS_TABLE', 'SIGNING_PUBLIC_KEYS_PARAMETER'])

// Outlive a request: the public keys for five minutes, the client's connections.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 })
const store = dynamoDbInbox(client, environment.LIVE_TABLE)
const ports = {
  contracts: contracts.filter(isRecorded),
  table: { ...dynamoDbHistory(client, environment.LIVE_TABLE), ...store },
  inbox: createInbox({ store, time: systemTime, random: Math.random }),
  time: systemTime,
  verify: createVerifySession(client, environment),
}

export const handler = httpHandler(async (event) => {
  const topic = event.queryStringParameters?.['topic']
  const bearer = readBearer(event)
  if (event.routeKey === 'GET /inbox') return jsonAnswer(200, await readInbox(topic, bearer, ports))
  const readBody = () => readJsonBody(event, handledBodyBytesMax)
  return jsonAnswer(200, await handleItems(topic, bearer, readBody, ports))
})
