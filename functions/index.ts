/** For Lambdas of one's own: the live table's writer and reader, what a handler has around it, answers over HTTP. */
export { createDynamoDb, type DynamoDbOptions, type Item } from './platform/dynamodb.ts'
export {
  dynamoDbLiveStore,
  getItems,
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
