/** The desk table's items (docs/support-desk.md has the layout): conversations and suggestions, each a record in JSON. */
import { type Item, numberOf, stringOf } from '../platform/dynamodb.ts'
import type { Conversation } from './conversation.ts'
import type { SuggestionRecord } from './suggestion.ts'

/** How long a conversation and its suggestions stay after they last changed, seconds: what customers write is not kept for ever. */
const recordKeptSeconds = 30 * 86_400

export const conversationKey = (conversationId: string): Item => ({
  pk: { S: `conversation#${conversationId}` },
  sk: { S: 'conversation' },
})
export const notificationKey = (notificationId: string): Item => ({
  pk: { S: `notification#${notificationId}` },
  sk: { S: 'notification' },
})
export const suggestionKey = (suggestionId: string): Item => ({
  pk: { S: `suggestion#${suggestionId}` },
  sk: { S: 'suggestion' },
})
export const adminKey = (adminId: string): Item => ({ pk: { S: `admin#${adminId}` }, sk: { S: 'admin' } })
export const agentKey = (agentId: string): Item => ({ pk: { S: `agent#${agentId}` }, sk: { S: 'agent' } })

/** The put of a conversation, on the condition that its version is the one before. `now` in ms since 1970. */
export function putConversation(table: string, conversation: Conversation, now: number) {
  const { conversationId, version } = conversation
  return {
    Put: {
      TableName: table,
      Item: {
        ...conversationKey(conversationId),
        version: { N: String(version) },
        record: { S: JSON.stringify(conversation) },
        expiresAt: expiresAt(now),
      },
      ...(version === 1
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: 'version = :before',
            ExpressionAttributeValues: { ':before': { N: String(version - 1) } },
          }),
    },
  }
}

export function readConversationItem(item: Item): Conversation {
  const record = JSON.parse(stringOf(item, 'record')) as Conversation
  return { ...record, version: numberOf(item, 'version') }
}

/** The put of a suggestion. It needs no condition: the conversation beside it has one, and moves with every change. */
export function putSuggestion(table: string, record: SuggestionRecord, now: number) {
  return {
    Put: {
      TableName: table,
      Item: {
        ...suggestionKey(record.suggestionId),
        status: { S: record.status },
        record: { S: JSON.stringify(record) },
        expiresAt: expiresAt(now),
      },
    },
  }
}

export function readSuggestionItem(item: Item): SuggestionRecord {
  return JSON.parse(stringOf(item, 'record')) as SuggestionRecord
}

const expiresAt = (now: number) => ({ N: String(Math.floor(now / 1000) + recordKeptSeconds) })
