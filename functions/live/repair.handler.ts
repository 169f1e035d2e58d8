/** Quiet topics from their queue, and every minute all topics. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { contracts, isRecorded } from '../../topics/index.ts'
import type { InboxContract } from '../../topics/contract/index.ts'
import { createPacer } from '../../topics/contract/pace.ts'
import { createDynamoDb, isPassing } from '../platform/dynamodb.ts'
import { dynamoDbInbox } from '../platform/dynamodb-inbox.ts'
import { readEnvironment } from '../platform/environment.ts'
import { eventHandler } from '../platform/handler.ts'
import { log } from '../platform/log.ts'
import { createInbox } from '../platform/inbox.ts'
import { systemTime } from '../platform/time.ts'
import { outboundPerSecond } from './outbound-quota.ts'
import { dynamoDbAllTopics, dynamoDbPublishing, stretching } from './dynamodb-publishing.ts'
import { iotBroker } from './iot-broker.ts'
import { repairAll, resendQuiet } from './repair.ts'
import { readQuietReminder } from './sqs-quiet-queue.ts'

const environment = readEnvironment(['LIVE_TABLE', 'OUTBOUND_PER_SECOND'])

/** Left of the time-out when repair stops waiting for paces, ms. */
const reserveMs = 10_000

const recorded = contracts.filter(isRecorded)

// Outlive a request: the clients' connections, and when topics were sent to last. Repair puts no reminders: what it sends is the reminder.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 })
const inbox = createInbox({
  store: dynamoDbInbox(client, environment.LIVE_TABLE),
  time: systemTime,
  random: Math.random,
})
const ports = {
  contracts: recorded,
  table: dynamoDbPublishing(client, environment.LIVE_TABLE, stretching(recorded)),
  broker: iotBroker(),
  time: systemTime,
  log,
  isPassing,
  random: Math.random,
  lastSentAt: new Map<string, number>(),
  pacer: createPacer(contracts, outboundPerSecond(environment.OUTBOUND_PER_SECOND)),
  expire: (contract: InboxContract, topic: string) => inbox.expire(contract, topic),
}
const readAll = dynamoDbAllTopics(client, environment.LIVE_TABLE, stretching(recorded))
const processor = new BatchProcessor(EventType.SQS)

type RepairEvent = SQSEvent | { readonly repair: 'all' }

export const handler = eventHandler(
  async (event: RepairEvent, context: Context): Promise<SQSBatchResponse | undefined> => {
    const deadline = Date.now() + context.getRemainingTimeInMillis() - reserveMs
    if ('Records' in event) {
      const resend = async (record: SQSRecord) => {
        const reminder = readQuietReminder(record.body)
        if ((await resendQuiet(reminder, ports, deadline)) === 'late') {
          throw new Error(`no time left to send ${reminder.topic} again; the queue brings it back`)
        }
      }
      return processPartialResponse(event, resend, processor, { context, throwOnFullBatchFailure: false })
    }
    const { behind, left, expired } = await repairAll(readAll, ports, deadline)
    if (expired > 0) log.count('InboxItemsExpired', expired)
    if (behind > 0) {
      log.count('TopicsRepaired', behind - left)
      log.warn('topics were behind their heads', { behind, left })
    }
    return undefined
  },
)
