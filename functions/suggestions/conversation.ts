/**
 * A conversation of the help desk as the desk table has it, and what a notification changes in it. Notifications come in
 * any order, more than once, and tell whole seconds; each fact is kept with the moment it is of, and never goes back.
 *
 * @module
 */
import { conversationTopics, type Message, type Moment, type Notice } from './intercom/notification.ts'

/** A moment of a fact; `told`: the notification was about it, and did not merely carry it along. */
export interface FactMoment extends Moment {
  readonly told: boolean
}

export interface Conversation {
  readonly conversationId: string
  /** Counts the writes: the condition of each. */
  readonly version: number
  readonly customer: string | undefined
  /** The admin it is assigned to; undefined when nobody, or a team. */
  readonly adminId: string | undefined
  readonly assignedAt: FactMoment
  readonly open: boolean
  readonly stateAt: FactMoment
  /** The newest messages, oldest first. */
  readonly messages: readonly Message[]
  /** The suggestion that waits for an agent. */
  readonly suggestionId: string | undefined
}

/** What happened in a conversation, for the queues. */
export type Happened =
  | { readonly kind: 'message-received'; readonly message: Message }
  | { readonly kind: 'assigned' }
  | { readonly kind: 'answered' }
  | { readonly kind: 'closed' }

/** Messages that a conversation keeps. */
export const messagesKept = 3

/** A conversation of which nothing is known. */
export function newConversation(conversationId: string): Conversation {
  const never = { at: 0, told: false, part: 0 }
  return {
    conversationId,
    version: 0,
    customer: undefined,
    adminId: undefined,
    assignedAt: never,
    open: true,
    stateAt: never,
    messages: [],
    suggestionId: undefined,
  }
}

/** The conversation after a notification, and what that means to the queues: nothing for what was known, or is older. */
export function takeNotice(
  before: Conversation,
  notice: Notice,
): { readonly conversation: Conversation; readonly happened: readonly Happened[] } {
  const about = conversationTopics[notice.topic]
  const assignedAt = { ...notice.moment, told: about.assignee }
  const stateAt = { ...notice.moment, told: about.state }
  const isNewAssignee = compareMoments(assignedAt, before.assignedAt) > 0
  const isNewState = compareMoments(stateAt, before.stateAt) > 0
  const known = new Set(before.messages.map(({ messageId }) => messageId))
  const messages = [...before.messages, ...notice.messages.filter(({ messageId }) => !known.has(messageId))]
    .toSorted(compareMessages)
    .slice(-messagesKept)
  const conversation: Conversation = {
    ...before,
    version: before.version + 1,
    customer: notice.customer ?? before.customer,
    messages,
    ...(isNewAssignee && { adminId: notice.adminId, assignedAt }),
    ...(isNewState && { open: notice.open, stateAt }),
  }
  const happened: Happened[] = []
  const question = questionOf(conversation)
  if (question && question.messageId !== questionOf(before)?.messageId)
    happened.push({ kind: 'message-received', message: question })
  if (before.version > 0 && conversation.adminId !== before.adminId) happened.push({ kind: 'assigned' })
  if (!conversation.open && before.open) happened.push({ kind: 'closed' })
  if (isAnswered(conversation) && !isAnswered(before)) happened.push({ kind: 'answered' })
  return { conversation, happened }
}

/** The customer's newest message of those that are kept. */
export function questionOf({ messages }: Conversation): Message | undefined {
  return messages.findLast(({ from }) => from === 'customer')
}

/** Whether an agent wrote after the customer did. */
export function isAnswered({ messages }: Conversation): boolean {
  return messages.at(-1)?.from === 'agent'
}

/** Later is more; in one second what the notification was about counts more than what it carried along, then the later part. */
function compareMoments(a: FactMoment, b: FactMoment): number {
  return a.at - b.at || Number(a.told) - Number(b.told) || a.part - b.part
}

/** By time, then by ID: Intercom numbers them upwards. */
function compareMessages(a: Message, b: Message): number {
  const byTime = Date.parse(a.at) - Date.parse(b.at)
  if (byTime !== 0) return byTime
  return a.messageId.length - b.messageId.length || (a.messageId < b.messageId ? -1 : 1)
}
