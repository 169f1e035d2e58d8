export { createMessaging } from './messaging.ts'
export type { Messaging, MessagingOptions, SubscriptionDefinition, TopicDefinition } from './messaging.ts'
export type { QueueDefinition } from './queue-definition.ts'
export type { LocalQueue, MessageDetails, QueueCounts, ReceivedMessage } from './queue.ts'
