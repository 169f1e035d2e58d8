/** POST /contact. */
import { createAddressLimit } from '../platform/address-limit.ts'
import { snsPublisher } from '../platform/bus/publisher.ts'
import { dynamoDbAddressCounter } from '../platform/dynamodb-address-counter.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer, readJsonBody } from '../platform/http.ts'
import { systemTime } from '../platform/time.ts'
import { acceptContact } from './accept.ts'
import { contactLimits } from './contact.ts'
import { dynamoDbContactAccept } from './dynamodb-contacts.ts'

const environment = readEnvironment(['CONTACTS_TABLE', 'DOMAIN_EVENTS_TOPIC', 'CONTACTS_PER_MINUTE'])

// Outlive a request: the clients' connections, this minute's counts.
const ports = {
  record: dynamoDbContactAccept(
    // Two attempts of a second: then the topic takes it, and the visitor waits no longer.
    createDynamoDb({ requestTimeoutMs: 1_000, attempts: 2 }),
    environment.CONTACTS_TABLE,
    Date.now,
  ),
  publish: snsPublisher(environment.DOMAIN_EVENTS_TOPIC),
  limit: createAddressLimit(
    dynamoDbAddressCounter(
      createDynamoDb({ requestTimeoutMs: 500, attempts: 1 }),
      environment.CONTACTS_TABLE,
    ),
    environment.CONTACTS_PER_MINUTE,
  ),
  time: systemTime,
  random: Math.random,
}

export const handler = httpHandler(async (event, _context, { trace, log }) => {
  const request = {
    address: event.requestContext.http.sourceIp,
    idempotencyKey: event.headers['idempotency-key'],
    trace,
    log,
    readBody: () => readJsonBody(event, contactLimits.bodyBytes),
  }
  return jsonAnswer(202, await acceptContact(request, ports))
})
