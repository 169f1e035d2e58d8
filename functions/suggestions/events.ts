/** What the desk tells other functions, and itself; docs/support-desk.md says who consumes what. */
import * as v from 'valibot'
import { savedReplyFoundSchema } from '../../topics/schemas/saved-reply.ts'
import { defineEvent } from '../platform/bus/event.ts'
import { defineRequest } from '../platform/bus/request.ts'
import { messagesKept } from './conversation.ts'
import { conversationTopics, messageTextLength } from './intercom/notification.ts'
import { outcomes } from './suggestion.ts'

const source = '/fanfare/suggestions'
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64))
const question = v.pipe(v.string(), v.maxLength(messageTextLength))
const conversation = v.object({ conversationId: id })

/** The customer wrote, and nothing newer is known of them. */
export const messageReceived = defineEvent({
  type: 'conversation.message-received',
  source,
  schema: v.object({ conversationId: id, messageId: id, question }),
})

/** The conversation is another admin's now, a team's or nobody's; its record says whose. */
export const conversationAssigned = defineEvent({
  type: 'conversation.assigned',
  source,
  schema: conversation,
})

/** An agent wrote in the help desk after the customer did. */
export const conversationAnswered = defineEvent({
  type: 'conversation.answered',
  source,
  schema: conversation,
})

export const conversationClosed = defineEvent({ type: 'conversation.closed', source, schema: conversation })

/** A notification that was verified, and could not be recorded when it came. For the queue `desk-intake` alone. */
export const noticeDeferred = defineEvent({
  type: 'notification.deferred',
  source,
  schema: v.object({
    notificationId: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
    topic: v.picklist(Object.keys(conversationTopics) as (keyof typeof conversationTopics)[]),
    createdAt: v.number(),
    conversationId: id,
    moment: v.object({ at: v.number(), part: v.number() }),
    customer: v.optional(v.string()),
    adminId: v.optional(v.string()),
    open: v.boolean(),
    messages: v.pipe(
      v.array(
        v.object({
          messageId: v.string(),
          part: v.number(),
          from: v.picklist(['customer', 'agent']),
          text: question,
          at: v.string(),
        }),
      ),
      v.maxLength(messagesKept),
    ),
  }),
})

/** A suggestion's time is over, unless it was settled before. For the queue `desk` alone. */
export const suggestionDue = defineEvent({
  type: 'suggestion.due',
  source,
  schema: v.object({ conversationId: id, suggestionId: id }),
})

/** An agent took a suggestion, or did not. */
export const suggestionAnswered = defineEvent({
  type: 'suggestion.answered',
  source,
  schema: v.object({
    suggestionId: id,
    agentId: id,
    outcome: v.picklist(outcomes),
    /** The reply that was taken, suggested or not; absent when the suggestion was dismissed. */
    replyId: v.optional(id),
    /** What had been suggested, best first. */
    suggested: v.pipe(v.array(id), v.maxLength(3)),
  }),
})

/** Asks the ranking worker for the saved replies that fit a question. */
export const rankReplies = defineRequest({
  type: 'suggestion.rank',
  source,
  request: v.object({ question }),
  reply: v.object({ replies: v.pipe(v.array(savedReplyFoundSchema), v.maxLength(3)) }),
  context: v.object({ conversationId: id, messageId: id }),
  // A worker that dies is tried again after thirty seconds, and once more.
  deadlineSeconds: 90,
})
