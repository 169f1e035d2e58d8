/** What a topic's file needs: `import { anyone, feed, state } from './contract/index.ts'`. */
export {
  type Access,
  anyone,
  claim,
  type Claims,
  describeAccess,
  mayHear,
  mayPublish,
  nobody,
  role,
  signedIn,
} from './access.ts'
export {
  type FeedContract,
  findContract,
  type InboxContract,
  isRecorded,
  type Load,
  type PayloadOf,
  type RecordedContract,
  type ReplyOf,
  type SignalContract,
  type StateContract,
  type TopicContract,
  topicOf,
  validatePayload,
} from './contract.ts'
export {
  contractDefaults,
  feed,
  type FeedOptions,
  inbox,
  type InboxOptions,
  signal,
  type SignalOptions,
  state,
  type StateOptions,
} from './define.ts'
export { TopicContractError, type TopicContractErrorCode } from './errors.ts'
export {
  type FeedEntry,
  type FeedMessage,
  type InboxEntry,
  type InboxMessage,
  messageContentType,
  type MessageProblem,
  readFeedEntry,
  readFeedMessage,
  readInboxEntry,
  readInboxMessage,
  readStateMessage,
  type Received,
  type ReceivedFeed,
  type ReceivedInbox,
  type ReceivedState,
  type StateMessage,
} from './message.ts'
export { feedMessage, inboxMessage, stateMessage } from './write-message.ts'
export {
  correlationBytes,
  readReplyMessage,
  readSignalMessage,
  type ReceivedReply,
  type ReceivedSignal,
  replyMessage,
  type ReplyFault,
  type ReplyMessage,
  replyTopicOf,
  signalMessage,
  type SignalMessage,
} from './signal-message.ts'
export type { ParametersOf } from './pattern.ts'
export { type LogPage, logPageEntries } from './log-page.ts'
export {
  handledAtOnceMax,
  type InboxHandled,
  type InboxHandledAnswer,
  type InboxPage,
  inboxPageItemsMax,
} from './inbox-page.ts'
export type { Session } from './session.ts'
export { comparePositions, type Position, readSequence, writeSequence } from './sequence.ts'
export {
  clientIdsOf,
  compilePolicy,
  everyClientIdOf,
  type PolicyDocument,
  type PolicyStatement,
  seatsMax,
} from './policy.ts'
export { checkPolicies, type PolicyFinding } from './policy-check.ts'
