/** The second part of a suggestion: finds the saved replies that fit a question. Another suggester goes in here. */
import { queueHandler } from '../platform/bus/queue-handler.ts'
import { sqsSender } from '../platform/bus/sqs-sender.ts'
import { worker } from '../platform/bus/worker.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { log } from '../platform/log.ts'
import { dynamoDbKnowledge } from './dynamodb-replies.ts'
import { rankReplies } from './events.ts'
import { createKnowledgeBase } from './knowledge-base.ts'

const { DESK_TABLE } = readEnvironment(['DESK_TABLE'])

/** Replies in a suggestion: the contract's. */
const suggestedMax = 3

// Outlives a request: the saved replies and their index.
const suggest = createKnowledgeBase({
  store: dynamoDbKnowledge(createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 }), DESK_TABLE),
  now: Date.now,
  log,
})

export const handler = queueHandler([
  worker(rankReplies, async ({ data }) => ({ replies: [...(await suggest(data.question, suggestedMax))] }), {
    send: sqsSender(Date.now),
    now: Date.now,
  }),
])
