/** The AWS IoT custom authorizer. */
import type { IoTCustomAuthorizerEvent } from 'aws-lambda'
import { contracts } from '../../topics/index.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { eventHandler } from '../platform/handler.ts'
import { log } from '../platform/log.ts'
import { dynamoDbRevokedAt } from '../platform/session-token/dynamodb-revocations.ts'
import { createRevocationLookup } from '../platform/session-token/revocation-lookup.ts'
import { authorise, type AuthorizerAnswer, refusal } from './authorizer.ts'

const environment = readEnvironment(['IOT_ARN_PREFIX', 'SESSIONS_TABLE'])

// Outlive a request: the client's connections, and for a second when anybody was revoked last. AWS waits five seconds for an answer, and a page waits with it.
const client = createDynamoDb({ requestTimeoutMs: 700, attempts: 2 })
const options = {
  contracts,
  arnPrefix: environment.IOT_ARN_PREFIX,
  isRevoked: createRevocationLookup(dynamoDbRevokedAt(client, environment.SESSIONS_TABLE)),
}

export const handler = eventHandler(async (event: IoTCustomAuthorizerEvent): Promise<AuthorizerAnswer> => {
  const answer = await authorise(event, Date.now(), options)
  if (!('refused' in answer)) return answer
  // The token stays out of the log; the connection's id finds AWS's own line.
  log.warn('connection refused', { reason: answer.refused, connectionId: event.connectionMetadata?.id })
  return refusal
})
