/** The feed of contacts, from its queue. */
import { consume, queueHandler } from '../platform/bus/queue-handler.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { systemTime } from '../platform/time.ts'
import { contactReceived } from './contact.ts'
import { dynamoDbContactFeed, dynamoDbContactRecords } from './dynamodb-contacts.ts'
import { showContact } from './feed.ts'

const environment = readEnvironment(['CONTACTS_TABLE', 'LIVE_TABLE'])

// Outlive a request: the clients' connections.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 5 })
const ports = {
  records: dynamoDbContactRecords(client, environment.CONTACTS_TABLE, Date.now),
  ...dynamoDbContactFeed(client, { contacts: environment.CONTACTS_TABLE, live: environment.LIVE_TABLE }),
  time: systemTime,
  random: Math.random,
}

export const handler = queueHandler(
  [consume(contactReceived, async ({ data }, { trace }) => showContact(data, trace, ports))],
  // They all write the same feed.
  { concurrency: 1 },
)
