/** Makes the tables, queues, topics and subscriptions that serverless.yml declares. */
import type { LocalDynamoDb } from './dynamodb/index.ts'
import type { Messaging } from './messaging/index.ts'
import type { Template } from './template/template.ts'

export function makeTables(db: LocalDynamoDb, template: Template): void {
  for (const table of template.tables) {
    const keys = [table.partitionKey, ...(table.sortKey ? [table.sortKey] : [])]
    db.createTable({
      TableName: table.name,
      AttributeDefinitions: keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
      KeySchema: keys.map(({ name }, index) => ({
        AttributeName: name,
        KeyType: index === 0 ? 'HASH' : 'RANGE',
      })),
      ...(table.streamViewType && { StreamSpecification: { StreamViewType: table.streamViewType } }),
      ...(table.timeToLiveAttribute && {
        TimeToLiveSpecification: { AttributeName: table.timeToLiveAttribute, Enabled: true },
      }),
    })
  }
}

export function makeMessaging(messaging: Messaging, template: Template): void {
  for (const queue of template.queues) {
    messaging.createQueue({
      name: queue.name,
      visibilityTimeoutSeconds: queue.visibilityTimeoutSeconds,
      messageRetentionSeconds: queue.retentionSeconds,
      delaySeconds: queue.delaySeconds,
      ...(queue.redrive && { redrive: queue.redrive }),
    })
  }
  for (const { name } of template.topics) messaging.createTopic({ name })
  for (const subscription of template.subscriptions) {
    messaging.subscribe(subscription)
  }
}
