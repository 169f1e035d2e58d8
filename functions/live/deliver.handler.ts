/** Publishes inboxes as the live table's stream tells of their heads. */
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import { contracts, isRecorded } from '../../topics/index.ts'
import { createDynamoDb, isPassing } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { eventHandler } from '../platform/handler.ts'
import { log } from '../platform/log.ts'
import { systemTime } from '../platform/time.ts'
import { deliverTopic } from './deliver-topic.ts'
import { dynamoDbPublishing } from './dynamodb-publishing.ts'
import { headChanges, publishChanges } from './head-changes.ts'
import { iotBroker } from './iot-broker.ts'
import { sqsQuietQueue } from './sqs-quiet-queue.ts'

const environment = readEnvironment(['LIVE_TABLE', 'QUIET_QUEUE_URL'])

/** Left of the time-out when deliver stops trying, ms. */
const reserveMs = 10_000

// Outlive a request: the clients' connections.
const ports = {
  contracts: contracts.filter(isRecorded),
  table: dynamoDbPublishing(createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 }), environment.LIVE_TABLE),
  broker: iotBroker(),
  time: systemTime,
  random: Math.random,
  log,
  isPassing,
  lastSentAt: new Map<string, number>(),
  remind: sqsQuietQueue(environment.QUIET_QUEUE_URL),
}

export const handler = eventHandler(
  async (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> => {
    const deadline = Date.now() + context.getRemainingTimeInMillis() - reserveMs
    const deliver = (topic: string) => deliverTopic(topic, ports, deadline)
    const failed = await publishChanges(headChanges(event, 'inboxes'), deliver, ports, deadline)
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
  },
)
