/** POST /session. */
import { createPrivateKey, randomBytes } from 'node:crypto'
import { contracts } from '../../topics/index.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer } from '../platform/http.ts'
import { accountSpreadMs } from './account-spread.ts'
import { dynamoDbSessionCounter } from './dynamodb-session-counter.ts'
import { createSessionLimit } from './session-limit.ts'
import { openSession } from './session.ts'
import { ssmParameter } from './ssm-parameter.ts'
import { signToken } from './token-signature.ts'

const environment = readEnvironment([
  'SESSIONS_TABLE',
  'SIGNING_KEY_PARAMETER',
  'IOT_ENDPOINT',
  'AUTHORIZER_NAME',
  'SESSIONS_PER_MINUTE',
  'SESSION_SECONDS',
  'CONNECTS_PER_SECOND',
  'SUBSCRIBES_PER_SECOND',
])

// Outlive a request: the signing key for five minutes, the clients' connections, this minute's counts.
const signingKey = ssmParameter(environment.SIGNING_KEY_PARAMETER, createPrivateKey)
const limit = createSessionLimit(
  // One attempt of half a second: the limit fails open rather than keep a page waiting.
  dynamoDbSessionCounter(createDynamoDb({ requestTimeoutMs: 500, attempts: 1 }), environment.SESSIONS_TABLE),
  { sessionsPerMinute: environment.SESSIONS_PER_MINUTE },
)
const ports = {
  sign: async (token: string) => signToken(token, await signingKey()),
  limit,
  randomBytes,
  now: Date.now,
}
const options = {
  endpoint: environment.IOT_ENDPOINT,
  authorizer: environment.AUTHORIZER_NAME,
  sessionSeconds: environment.SESSION_SECONDS,
  reconnectSpreadMs: accountSpreadMs(contracts, environment),
}

export const handler = httpHandler(async (event) =>
  jsonAnswer(
    200,
    await openSession(
      {
        address: event.requestContext.http.sourceIp,
        authorised: event.headers['authorization'] !== undefined,
      },
      ports,
      options,
    ),
  ),
)
