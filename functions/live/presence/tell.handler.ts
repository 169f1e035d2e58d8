/** Tells the counts that changed, as the presence table's stream says. */
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import { contracts } from '../../../topics/index.ts'
import { createDynamoDb } from '../../platform/dynamodb.ts'
import { readEnvironment } from '../../platform/environment.ts'
import { eventHandler } from '../../platform/handler.ts'
import { log } from '../../platform/log.ts'
import { systemTime } from '../../platform/time.ts'
import { countsKey } from './dynamodb-presence.ts'
import { dynamoDbTelling } from './dynamodb-telling.ts'
import { tellCounts } from './tell.ts'
import { watchedTopics } from './watched-topics.ts'

const environment = readEnvironment(['PRESENCE_TABLE', 'LIVE_TABLE'])

/** Left of the time-out when it waits for no pace any more, ms. */
const reserveMs = 8_000

// Outlive a request: the client's connections, and which topics are counted.
const ports = {
  ...dynamoDbTelling(createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 }), {
    presence: environment.PRESENCE_TABLE,
    live: environment.LIVE_TABLE,
  }),
  watched: watchedTopics(contracts),
  time: systemTime,
  log,
}

export const handler = eventHandler(
  async (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> => {
    const first = new Map<string, string>()
    for (const { dynamodb } of event.Records) {
      const topic = dynamodb?.Keys?.['sk']?.S
      // The stream's filter lets only counts through; edited away, people must not be taken for topics.
      if (topic === undefined || dynamodb?.Keys?.['pk']?.S !== countsKey) continue
      if (!first.has(topic)) first.set(topic, dynamodb.SequenceNumber ?? '')
    }
    const deadline = Date.now() + context.getRemainingTimeInMillis() - reserveMs
    const again = await tellCounts([...first.keys()], ports, deadline)
    return { batchItemFailures: again.map((topic) => ({ itemIdentifier: first.get(topic) ?? '' })) }
  },
)
