/** Welcome letters, from their queue. */
import { consume, queueHandler } from '../platform/bus/queue-handler.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { sesMailer } from '../platform/mail/ses-mailer.ts'
import { systemTime } from '../platform/time.ts'
import { contactReceived } from './contact.ts'
import { dynamoDbContactRecords, dynamoDbLetterLeases } from './dynamodb-contacts.ts'
import { welcomeContact } from './welcome.ts'

const environment = readEnvironment(['CONTACTS_TABLE', 'MAIL_FROM'])

// Outlive a request: the clients' connections.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 5 })
const ports = {
  records: dynamoDbContactRecords(client, environment.CONTACTS_TABLE, Date.now),
  leases: dynamoDbLetterLeases(client, environment.CONTACTS_TABLE),
  send: sesMailer(environment.MAIL_FROM),
  time: systemTime,
}

export const handler = queueHandler([
  consume(contactReceived, async ({ data }) => welcomeContact(data, ports)),
])
