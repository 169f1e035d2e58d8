/** For Lambdas of one's own: the live table's writer and reader, what a handler has around it, answers over HTTP, the bus. */
export {
  callback,
  type CallbackHandlers,
  type CallbackPorts,
  type Pending,
  type RequestStore,
  type Taken,
} from './platform/bus/callback.ts'
export { dynamoDbRequests } from './platform/bus/dynamodb-requests.ts'
export {
  defineEvent,
  type DomainEvent,
  type EventDefinition,
  EventError,
  type EventHead,
  makeEvent,
  PayloadTooLargeError,
  readEvent,
} from './platform/bus/event.ts'
export { iotAnswers } from './platform/bus/iot-answers.ts'
export { onceItem, wasDone } from './platform/bus/once.ts'
export { outboxItem, outboxMessage, type QueueMessage } from './platform/bus/outbox.ts'
export { type PublishEvent, snsPublisher } from './platform/bus/publisher.ts'
export {
  consume,
  type Consumer,
  PoisonError,
  queueHandler,
  type QueueHandler,
  type QueueHandlerOptions,
  RetryLater,
} from './platform/bus/queue-handler.ts'
export {
  defineRequest,
  type RequestDefinition,
  requestItems,
  type RequestOptions,
} from './platform/bus/request.ts'
export {
  type AnswerBrowser,
  type SignalRequest,
  signalWorker,
  type SignalWorkerPorts,
} from './platform/bus/signal-worker.ts'
export { type SendMessage, sqsSender } from './platform/bus/sqs-sender.ts'
export { childOf, readTraceparent, type Trace, traceOf } from './platform/bus/trace.ts'
export { RequestError, worker, type WorkerPorts, type WorkerRequest } from './platform/bus/worker.ts'
export { createDynamoDb, type DynamoDbOptions, type Item } from './platform/dynamodb.ts'
export { getItems } from './platform/dynamodb-items.ts'
export {
  dynamoDbLiveStore,
  headKey,
  listTopics,
  publishedKey,
  readHeads,
  readSegments,
  type SegmentRange,
  topicWriteItems,
} from './platform/dynamodb-live-table.ts'
export { dynamoDbInbox, type DynamoDbInbox, inboxWriteItems } from './platform/dynamodb-inbox.ts'
export { eventHandler, httpHandler } from './platform/handler.ts'
export type { Invocation } from './platform/invocation.ts'
export { type HttpAnswer, type HttpEvent, jsonAnswer, readBearer, readJsonBody } from './platform/http.ts'
export {
  createInbox,
  type Inbox,
  type InboxChange,
  type InboxNames,
  type InboxOptions,
  type InboxPorts,
  type InboxStore,
} from './platform/inbox.ts'
export {
  type InboxBefore,
  type InboxRecord,
  type InboxWrite,
  inboxWriter,
  type InboxWriter,
  type InboxWriterOptions,
} from './platform/inbox-writes.ts'
export {
  type Head,
  headValue,
  type Published,
  type Segment,
  topicWriter,
  type TopicWrite,
  type TopicWriter,
  type TopicWriterOptions,
} from './platform/live-table.ts'
export {
  createLive,
  type Live,
  LiveBusyError,
  type LivePorts,
  type LiveStore,
} from './platform/live-writes.ts'
export { log, type Log } from './platform/log.ts'
export { type FieldProblem, ProblemError, type ProblemOptions } from './platform/problem.ts'
