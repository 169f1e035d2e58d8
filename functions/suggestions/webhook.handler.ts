/** POST /webhooks/intercom; HEAD, with which Intercom looks whether the address is there. */
import { sqsSender } from '../platform/bus/sqs-sender.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer } from '../platform/http.ts'
import { ssmParameter } from '../platform/ssm-parameter.ts'
import { systemTime } from '../platform/time.ts'
import { deferNotices } from './defer-notices.ts'
import { dynamoDbNotices } from './dynamodb-notices.ts'
import { readSecrets, signatureHeader } from './intercom/signature.ts'
import type { Notice } from './intercom/notification.ts'
import { readRawBody } from './raw-body.ts'
import { notificationBytesMax, takeNotification } from './webhook.ts'

const environment = readEnvironment(['DESK_TABLE', 'INTAKE_QUEUE_URL', 'INTERCOM_SECRET_PARAMETER'])

// Outlive a request: the client's connections, the secret for five minutes.
// Two attempts each: webhook.ts has the sum of the times.
const client = createDynamoDb({ requestTimeoutMs: 700, attempts: 2 })
const send = sqsSender(Date.now, { requestTimeoutMs: 700, attempts: 2 })
const defer = deferNotices(environment.INTAKE_QUEUE_URL, send, Date.now)
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
    defer: (notice: Notice) => defer(notice, trace),
    time: systemTime,
    random: Math.random,
    log,
  }
  return jsonAnswer(200, await takeNotification(request, ports))
})
