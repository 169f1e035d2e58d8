/** Answers an agent who looks for a saved reply, on the topic of who asked. */
import { ulid } from 'ulid'
import { agentSearch } from '../../topics/agent-search.ts'
import { iotAnswers } from '../platform/bus/iot-answers.ts'
import { queueHandler } from '../platform/bus/queue-handler.ts'
import { signalWorker } from '../platform/bus/signal-worker.ts'
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { log } from '../platform/log.ts'
import { dynamoDbKnowledge } from './dynamodb-replies.ts'
import { createKnowledgeBase } from './knowledge-base.ts'

const { DESK_TABLE } = readEnvironment(['DESK_TABLE'])

/** Replies in an answer: the contract's. */
const foundMax = 5

// Outlives a request: the saved replies and their index.
const suggest = createKnowledgeBase({
  store: dynamoDbKnowledge(createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 }), DESK_TABLE),
  now: Date.now,
  log,
})

export const handler = queueHandler([
  signalWorker(agentSearch, async ({ value }) => ({ replies: [...(await suggest(value.query, foundMax))] }), {
    answer: iotAnswers(),
    now: Date.now,
    newId: ulid,
  }),
])
