/** POST /session, and GET /sign-in: where people sign in before. */
import { createPrivateKey, randomBytes } from 'node:crypto'
import { contracts } from '../../topics/index.ts'
import { createAddressLimit } from '../platform/address-limit.ts'
import { dynamoDbAddressCounter } from '../platform/dynamodb-address-counter.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer, readBearer } from '../platform/http.ts'
import { log } from '../platform/log.ts'
import { dynamoDbRevokedAt } from '../platform/session-token/dynamodb-revocations.ts'
import { createRevocationLookup } from '../platform/session-token/revocation-lookup.ts'
import { signToken } from '../platform/session-token/token-signature.ts'
import { ssmParameter } from '../platform/ssm-parameter.ts'
import { accountSpreadMs } from './account-spread.ts'
import { openSession } from './session.ts'
import { createSignIn, noSignIn } from './sign-in.ts'

const environment = readEnvironment([
  'SESSIONS_TABLE',
  'SIGNING_KEY_PARAMETER',
  'IOT_ENDPOINT',
  'AUTHORIZER_NAME',
  'SESSIONS_PER_MINUTE',
  'SESSION_SECONDS',
  'CONNECTS_PER_SECOND',
  'SUBSCRIBES_PER_SECOND',
  'OIDC_ISSUER',
  'OIDC_CLIENT_ID',
  'OIDC_SCOPE',
  'OIDC_ROLES_CLAIM',
  'OIDC_VALUES',
])

// Outlive a request: the signing key for five minutes, the issuer's keys for ten, the clients' connections, this minute's counts.
const signingKey = ssmParameter(environment.SIGNING_KEY_PARAMETER, createPrivateKey)
const limit = createAddressLimit(
  // One attempt of half a second: the limit fails open rather than keep a page waiting.
  dynamoDbAddressCounter(createDynamoDb({ requestTimeoutMs: 500, attempts: 1 }), environment.SESSIONS_TABLE),
  environment.SESSIONS_PER_MINUTE,
)
const signIn = createSignIn(environment, { fetch, now: Date.now })
// Nobody who was revoked is let in because the table is away; visitors are never asked about.
const isRevoked = createRevocationLookup(
  dynamoDbRevokedAt(createDynamoDb({ requestTimeoutMs: 1_000, attempts: 3 }), environment.SESSIONS_TABLE),
)
const ports = {
  sign: async (token: string) => signToken(token, await signingKey()),
  limit,
  randomBytes,
  now: Date.now,
  ...(signIn && { identify: signIn.identify, isRevoked }),
  onLeftOut(principal: string, leftOut: readonly string[]) {
    log.warn('claims of an ID token were left out', { principal, leftOut })
  },
}
const options = {
  endpoint: environment.IOT_ENDPOINT,
  authorizer: environment.AUTHORIZER_NAME,
  sessionSeconds: environment.SESSION_SECONDS,
  reconnectSpreadMs: accountSpreadMs(contracts, environment),
}

export const handler = httpHandler(async (event) => {
  if (event.routeKey === 'GET /sign-in') {
    if (!signIn) throw noSignIn()
    return jsonAnswer(200, signIn.settings, { 'cache-control': 'public, max-age=300' })
  }
  const request = { address: event.requestContext.http.sourceIp, idToken: readBearer(event) }
  return jsonAnswer(200, await openSession(request, ports, options))
})
