/** Publishes the heads of states and feeds as the live table's stream tells of them. */
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import { contracts, isRecorded } from '../../topics/index.ts'
import { createPacer } from '../../topics/contract/pace.ts'
import { createDynamoDb, isPassing } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { eventHandler } from '../platform/handler.ts'
import { log } from '../platform/log.ts'
import { systemTime } from '../platform/time.ts'
import { outboundPerSecond } from './outbound-quota.ts'
import { broadcast } from './broadcast.ts'
import { dynamoDbPublishing, stretching } from './dynamodb-publishing.ts'
import { headChanges } from './head-changes.ts'
import { iotBroker } from './iot-broker.ts'
import { sqsQuietQueue } from './sqs-quiet-queue.ts'

const environment = readEnvironment(['LIVE_TABLE', 'OUTBOUND_PER_SECOND', 'QUIET_QUEUE_URL'])

/** Left of the time-out when broadcast stops waiting for paces, ms: its last requests need some. */
const reserveMs = 10_000

const recorded = contracts.filter(isRecorded)

// Outlive a request: the clients' connections, and when topics were sent to last.
const ports = {
  contracts: recorded,
  table: dynamoDbPublishing(
    createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 }),
    environment.LIVE_TABLE,
    stretching(recorded),
  ),
  broker: iotBroker(),
  time: systemTime,
  log,
  isPassing,
  lastSentAt: new Map<string, number>(),
  pacer: createPacer(contracts, outboundPerSecond(environment.OUTBOUND_PER_SECOND)),
  remind: sqsQuietQueue(environment.QUIET_QUEUE_URL),
}

export const handler = eventHandler(
  async (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> => {
    const deadline = Date.now() + context.getRemainingTimeInMillis() - reserveMs
    const failed = await broadcast(headChanges(event, 'others'), ports, deadline)
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
  },
)
