/** Every minute: asks after people whose lease ran out, tells the counts once more, forgets what is over. */
import type { Context } from 'aws-lambda'
import { contracts } from '../../../topics/index.ts'
import { createDynamoDb, isPassing } from '../../platform/dynamodb.ts'
import { readEnvironment } from '../../platform/environment.ts'
import { eventHandler } from '../../platform/handler.ts'
import { log } from '../../platform/log.ts'
import { systemTime } from '../../platform/time.ts'
import { dropZeroCount, dynamoDbPresence, forgetPerson, listCounts, listDue } from './dynamodb-presence.ts'
import { dynamoDbTelling } from './dynamodb-telling.ts'
import { iotConnectionLookup } from './iot-connection-lookup.ts'
import { sweepPresence } from './sweep.ts'
import { tellCounts } from './tell.ts'
import { watchedTopics } from './watched-topics.ts'

const environment = readEnvironment(['PRESENCE_TABLE', 'LIVE_TABLE'])

/** Left of the time-out when it begins nothing more, ms: a group of requests may be under way. */
const reserveMs = 10_000

// Outlive a request: the clients' connections, and which topics are counted.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 })
const table = environment.PRESENCE_TABLE
const watched = watchedTopics(contracts)
const telling = {
  ...dynamoDbTelling(client, { presence: table, live: environment.LIVE_TABLE }),
  watched,
  time: systemTime,
  log,
}
const ports = {
  store: dynamoDbPresence(client, table),
  time: systemTime,
  random: Math.random,
  log,
  isPassing,
  due: (now: number) => listDue(client, table, now),
  ask: iotConnectionLookup(watched),
  forget: forgetPerson(client, table),
  counts: () => listCounts(client, table),
  dropZero: dropZeroCount(client, table),
}

export const handler = eventHandler(async (_: unknown, context: Context): Promise<void> => {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - reserveMs
  const tell = async (topics: readonly string[]) => {
    // Who is not told now is told by the stream, or a minute later.
    await tellCounts(topics, telling, deadline)
  }
  await sweepPresence({ ...ports, tell }, deadline)
})
