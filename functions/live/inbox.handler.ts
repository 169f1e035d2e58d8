/** GET /inbox and POST /inbox. */
import { contracts, isRecorded } from '../../topics/index.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { dynamoDbInbox } from '../platform/dynamodb-inbox.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer, readBearer, readJsonBody } from '../platform/http.ts'
import { createInbox } from '../platform/inbox.ts'
import { systemTime } from '../platform/time.ts'
import { admitBearer } from './bearer-token.ts'
import { dynamoDbHistory } from './dynamodb-history.ts'
import { dynamoDbRevokedAt } from './dynamodb-revocations.ts'
import { handledBodyBytesMax, handleItems, readInbox } from './inbox.ts'
import { createRevocationLookup } from './revocation-lookup.ts'
import { ssmParameter } from './ssm-parameter.ts'
import { readPublicKeys } from './token-signature.ts'

const environment = readEnvironment(['LIVE_TABLE', 'SESSIONS_TABLE', 'SIGNING_PUBLIC_KEYS_PARAMETER'])

// Outlive a request: the public keys for five minutes, the client's connections.
const publicKeys = ssmParameter(environment.SIGNING_PUBLIC_KEYS_PARAMETER, readPublicKeys)
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 })
const isRevoked = createRevocationLookup(dynamoDbRevokedAt(client, environment.SESSIONS_TABLE))
const store = dynamoDbInbox(client, environment.LIVE_TABLE)
const ports = {
  contracts: contracts.filter(isRecorded),
  table: { ...dynamoDbHistory(client, environment.LIVE_TABLE), ...store },
  inbox: createInbox({ store, time: systemTime, random: Math.random }),
  time: systemTime,
  verify: (bearer: string) => admitBearer(bearer, { publicKeys, isRevoked, now: Date.now }),
}

export const handler = httpHandler(async (event) => {
  const topic = event.queryStringParameters?.['topic']
  const bearer = readBearer(event)
  if (event.routeKey === 'GET /inbox') return jsonAnswer(200, await readInbox(topic, bearer, ports))
  const readBody = () => readJsonBody(event, handledBodyBytesMax)
  return jsonAnswer(200, await handleItems(topic, bearer, readBody, ports))
})
