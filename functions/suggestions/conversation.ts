/**
 * A conversation of the help desk as the desk table has it, and what a notification changes in it. Notifications come in
 * any order, more than once, and tell whole seconds; what they tell is kept with its moment, and never goes back.
 *
 * @module
 */
import type { Message, Moment, Notice } from './intercom/notification.ts'

export interface Conversation {
  readonly conversationId: string
  /** Counts the writes: the condition of each. */
  readonly version: number
  readonly customer: string | undefined
  /** The admin it is assigned to; undefined when nobody, or a team. */
  readonly adminId: string | undefined
  readonly open: boolean
  /** When the help desk had it so. */
  readonly moment: Moment
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
  return {
    conversationId,
    version: 0,
    customer: undefined,
    adminId: undefined,
    open: true,
    moment: { at: 0, part: 0 },
    messages: [],
    suggestionId: undefined,
  }
}

/** The conversation after a notification, and what that means to the queues: nothing for what was known, or is older. */
export function takeNotice(
  before: Conversation,
  notice: Notice,
): { readonly conversation: Conversation; readonly happened: readonly Happened[] } {
  const isNewer = compareMoments(notice.moment, before.moment) > 0
  const known = new Set(before.messages.map(({ messageId }) => messageId))
  const messages = newestMessages([
    ...before.messages,
    ...notice.messages.filter(({ messageId }) => !known.has(messageId)),
  ])
  const conversation: Conversation = {
    ...before,
    version: before.version + 1,
    customer: notice.customer ?? before.customer,
    messages,
    ...(isNewer && { adminId: notice.adminId, open: notice.open, moment: notice.moment }),
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

/** The newest of these messages, as many as a conversation keeps; oldest first. */
export function newestMessages(messages: readonly Message[]): readonly Message[] {
  return messages.toSorted(compareMessages).slice(-messagesKept)
}

/** The customer's newest message of those that are kept. */
export function questionOf({ messages }: Conversation): Message | undefined {
  return messages.findLast(({ from }) => from === 'customer')
}

/** Whether an agent wrote after the customer did. */
export function isAnswered({ messages }: Conversation): boolean {
  return messages.at(-1)?.from === 'agent'
}

/** Later is more; in one second, what tells of a later part: Intercom numbers them upwards. */
function compareMoments(a: Moment, b: Moment): number {
  return a.at - b.at || a.part - b.part
}

/** By time, and in one second by part. */
function compareMessages(a: Message, b: Message): number {
  return Date.parse(a.at) - Date.parse(b.at) || a.part - b.part
}
