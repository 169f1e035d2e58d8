import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ulid } from 'ulid'
import { makeEvent } from '../platform/bus/event.ts'
import { outboxItem } from '../platform/bus/outbox.ts'
import type { Trace } from '../platform/bus/trace.ts'
import { getItems, writeIfUnmoved } from '../platform/dynamodb-items.ts'
import type { Happened } from './conversation.ts'
import { conversationKey, notificationKey, putConversation, readConversationItem } from './desk-items.ts'
import { conversationAnswered, conversationAssigned, conversationClosed, messageReceived } from './events.ts'
import type { NoticeStore } from './record-notice.ts'

/** Notifications, and the conversations they tell of, in the desk table. `now` in ms since 1970. */
export function dynamoDbNotices(
  client: DynamoDBClient,
  table: string,
  now: () => number,
  trace: Trace | undefined,
): NoticeStore {
  return {
    async read(conversationId, notificationId) {
      const keys = [conversationKey(conversationId), notificationKey(notificationId)]
      const items = await getItems(client, table, keys)
      const conversation = items.find((item) => item['sk']?.S === 'conversation')
      return {
        conversation: conversation && readConversationItem(conversation),
        isKnown: items.some((item) => item['sk']?.S === 'notification'),
      }
    },

    async record({ notificationId, knownUntil, conversation, happened }) {
      const at = now()
      const notification = { ...notificationKey(notificationId), expiresAt: { N: String(knownUntil) } }
      const events = happened.map((each) =>
        eventOf(each, conversation.conversationId, {
          id: ulid(at),
          time: new Date(at).toISOString(),
          subject: conversation.conversationId,
          trace,
        }),
      )
      return writeIfUnmoved(client, [
        {
          Put: { TableName: table, Item: notification, ConditionExpression: 'attribute_not_exists(pk)' },
        },
        putConversation(table, conversation, at),
        ...events.map((event) => outboxItem(event, table, at)),
      ])
    },
  }
}

function eventOf(happened: Happened, conversationId: string, head: Parameters<typeof makeEvent>[2]): string {
  switch (happened.kind) {
    case 'message-received': {
      const { messageId, text: question } = happened.message
      return makeEvent(messageReceived, { conversationId, messageId, question }, head)
    }
    case 'assigned':
      return makeEvent(conversationAssigned, { conversationId }, head)
    case 'answered':
      return makeEvent(conversationAnswered, { conversationId }, head)
    case 'closed':
      return makeEvent(conversationClosed, { conversationId }, head)
  }
}
