/** POST /donations. */
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer, readBearer, readJsonBody } from '../platform/http.ts'
import { createAccept } from './accept.ts'
import { donationLimits } from './donation.ts'
import { dynamoDbAcceptLookups } from './dynamodb-accept-lookups.ts'
import { snsDonationReceived } from './sns-donation-received.ts'
import { sqsLedgerQueue } from './sqs-ledger-queue.ts'

const environment = readEnvironment([
  'DONATIONS_TABLE',
  'DONATION_RECEIVED_TOPIC',
  'LEDGER_QUEUE_URL',
  'SERVICE_TOKENS',
  'DONATIONS_FROM',
])

// Outlives a request: the clients' connections, and what accept knows of campaigns and of failed look-ups.
const accept = createAccept(
  {
    // One attempt of a second: a look-up that is not quick is not worth a donor's wait.
    lookups: dynamoDbAcceptLookups(
      createDynamoDb({ requestTimeoutMs: 1_000, attempts: 1 }),
      environment.DONATIONS_TABLE,
    ),
    publish: snsDonationReceived(environment.DONATION_RECEIVED_TOPIC),
    enqueue: sqsLedgerQueue(environment.LEDGER_QUEUE_URL),
    now: Date.now,
  },
  { donationsFrom: environment.DONATIONS_FROM, tokens: environment.SERVICE_TOKENS },
)

export const handler = httpHandler(async (event, _context, { trace }) => {
  const request = {
    bearer: readBearer(event),
    idempotencyKey: event.headers['idempotency-key'],
    // Only who asked for a trace gets one: every other message stays as small as it is.
    traceparent: event.headers['traceparent'] === undefined ? undefined : trace.traceparent,
    readBody: () => readJsonBody(event, donationLimits.bodyBytes),
  }
  return jsonAnswer(202, await accept(request))
})
