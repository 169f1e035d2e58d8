/**
 * The live table that LIVE_TABLE names, for a function that says something on a topic:
 * `await live.set(campaignTotal, { campaignId }, total)`. The function's permissions on the table are
 * dynamodb:BatchGetItem and dynamodb:PutItem.
 *
 * @module
 */
import { createDynamoDb } from './dynamodb.ts'
import { dynamoDbLiveStore } from './dynamodb-live-table.ts'
import { readEnvironment } from './environment.ts'
import { createLive, type Live } from './live-writes.ts'
import { systemTime } from './time.ts'

const { LIVE_TABLE } = readEnvironment(['LIVE_TABLE'])

// Outlives a request: the client's connections.
export const live: Live = createLive({
  store: dynamoDbLiveStore(createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 }), LIVE_TABLE),
  time: systemTime,
  random: Math.random,
})
