/** Records the notifications that waited while the desk's table was away. */
import { consume, queueHandler } from '../platform/bus/queue-handler.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { systemTime } from '../platform/time.ts'
import { dynamoDbNotices } from './dynamodb-notices.ts'
import { noticeDeferred } from './events.ts'
import { recordDeferred } from './intake.ts'

const { DESK_TABLE } = readEnvironment(['DESK_TABLE'])

// Outlives a request: the client's connections.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 2 })

export const handler = queueHandler([
  consume(noticeDeferred, ({ data }, { trace, attempt, log }) =>
    recordDeferred({ customer: undefined, adminId: undefined, ...data }, attempt, {
      store: dynamoDbNotices(client, DESK_TABLE, Date.now, trace),
      time: systemTime,
      random: Math.random,
      log,
    }),
  ),
])
