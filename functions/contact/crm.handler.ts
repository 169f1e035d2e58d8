/** Hands contacts to the CRM, from their queue. Without CRM_WEBHOOK_URL there is no CRM, and nothing to do. */
import { consume, queueHandler } from '../platform/bus/queue-handler.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { ssmParameter } from '../platform/ssm-parameter.ts'
import { systemTime } from '../platform/time.ts'
import { readWebhookSecrets } from '../platform/webhook.ts'
import { sharedBreaker } from './breaker-store.ts'
import { breakerRules } from './circuit-breaker.ts'
import { contactReceived } from './contact.ts'
import { crmWebhook } from './crm-webhook.ts'
import { tellCrm } from './crm.ts'
import { dynamoDbBreaker } from './dynamodb-breaker.ts'
import { dynamoDbContactRecords } from './dynamodb-contacts.ts'

const environment = readEnvironment([
  'CONTACTS_TABLE',
  'CRM_WEBHOOK_URL',
  'CRM_SECRET_PARAMETER',
  'CRM_PER_SECOND',
  'CRM_PAUSE_SECONDS',
])

// Outlive a request: the clients' connections, the CRM's secrets for five minutes, when the breaker closes again.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 5 })
const ports = {
  records: dynamoDbContactRecords(client, environment.CONTACTS_TABLE, Date.now),
  breaker: sharedBreaker({
    store: dynamoDbBreaker(client, environment.CONTACTS_TABLE),
    time: systemTime,
    random: Math.random,
    rules: {
      ...breakerRules,
      perSecond: environment.CRM_PER_SECOND,
      openMs: environment.CRM_PAUSE_SECONDS * 1000,
    },
  }),
  crm: crmWebhook({
    url: environment.CRM_WEBHOOK_URL,
    secrets: ssmParameter(environment.CRM_SECRET_PARAMETER, readWebhookSecrets),
    now: Date.now,
  }),
  time: systemTime,
  random: Math.random,
}

export const handler = queueHandler(
  [
    consume(contactReceived, async ({ data }, { log }) => {
      if (environment.CRM_WEBHOOK_URL !== '') await tellCrm(data, { ...ports, log })
    }),
  ],
  // One after the other, each at its turn.
  { concurrency: 1 },
)
