/** Counts what agents did with suggestions: the next ones are ranked by it. */
import { consume, queueHandler } from '../platform/bus/queue-handler.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { countAnswer } from './dynamodb-counts.ts'
import { suggestionAnswered } from './events.ts'

const { DESK_TABLE } = readEnvironment(['DESK_TABLE'])

// Outlives a request: the client's connections.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 5 })

// One after the other: all of them count up the same version.
export const handler = queueHandler(
  [consume(suggestionAnswered, ({ id, data }) => countAnswer(id, data, client, DESK_TABLE, Date.now()))],
  { concurrency: 1 },
)
