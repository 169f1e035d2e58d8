/** POST /webhooks/intercom; HEAD, with which Intercom looks whether the address is there. */
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer } from '../platform/http.ts'
import { ssmParameter } from '../platform/ssm-parameter.ts'
import { systemTime } from '../platform/time.ts'
import { dynamoDbNotices } from './dynamodb-notices.ts'
import { readSecrets, signatureHeader } from './intercom/signature.ts'
import { readRawBody } from './raw-body.ts'
import { notificationBytesMax, takeNotification } from './webhook.ts'

const environment = readEnvironment(['DESK_TABLE', 'INTERCOM_SECRET_PARAMETER'])

// Outlive a request: the client's connections, the secret for five minutes.
const client = createDynamoDb({ requestTimeoutMs: 1_000, attempts: 3 })
const secrets = ssmParameter(environment.INTERCOM_SECRET_PARAMETER, readSecrets)

export const handler = httpHandler(async (event, _context, { log, trace }) => {
  if (event.requestContext.http.method === 'HEAD') return jsonAnswer(200, {})
  const request = {
    body: readRawBody(event, notificationBytesMax),
    signature: event.headers[signatureHeader],
  }
  const ports = {
    secrets,
    store: dynamoDbNotices(client, environment.DESK_TABLE, Date.now, trace),
    time: systemTime,
    random: Math.random,
    log,
  }
  return jsonAnswer(200, await takeNotification(request, ports))
})
