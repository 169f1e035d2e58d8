/** DELETE /principals/{principal}/sessions. */
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer, readBearer } from '../platform/http.ts'
import { dynamoDbRecordRevoked } from '../platform/session-token/dynamodb-revocations.ts'
import { systemTime } from '../platform/time.ts'
import { iotConnections } from './iot-connections.ts'
import { revokePrincipal } from './revocation.ts'

const environment = readEnvironment(['SESSIONS_TABLE', 'SERVICE_TOKENS'])

// Outlive a request: the clients' connections.
const ports = {
  record: dynamoDbRecordRevoked(
    createDynamoDb({ requestTimeoutMs: 1_000, attempts: 3 }),
    environment.SESSIONS_TABLE,
  ),
  disconnect: iotConnections(),
  time: systemTime,
}

export const handler = httpHandler(async (event) => {
  const request = { principal: event.pathParameters?.['principal'], bearer: readBearer(event) }
  return jsonAnswer(200, await revokePrincipal(request, ports, environment.SERVICE_TOKENS))
})
