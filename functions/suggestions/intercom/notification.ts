/**
 * Intercom's webhook notifications, as far as the desk needs them, read into one `Notice` whichever version of Intercom's
 * API made them: since 2.0 a conversation has `source`, `contacts` and `admin_assignee_id`, before it had
 * `conversation_message`, `user` and `assignee`.
 * https://developers.intercom.com/docs/references/webhooks/webhook-models
 *
 * @module
 */
import * as v from 'valibot'
import { plainLine, plainText } from './plain-text.ts'

/** Characters of a message that are kept. */
export const messageTextLength = 2000

/** One message of a conversation. */
export interface Message {
  readonly messageId: string
  /** Its place among those of one second: Intercom numbers parts upwards. 0: it opened the conversation. */
  readonly part: number
  readonly from: 'customer' | 'agent'
  readonly text: string
  /** RFC 3339. */
  readonly at: string
}

/** Where a notification stands among those of its conversation: Intercom promises no order, and tells whole seconds. */
export interface Moment {
  /** Seconds since 1970: the conversation's state is of then. */
  readonly at: number
  /** ID of the newest part that it tells of; Intercom's parts are numbered upwards. 0 when it tells of none. */
  readonly part: number
}

/** What a notification says. */
export interface Notice {
  readonly notificationId: string
  readonly topic: ConversationTopic
  /** When Intercom made the notification, ms since 1970. */
  readonly createdAt: number
  readonly conversationId: string
  readonly moment: Moment
  /** What the help desk calls who asks. */
  readonly customer: string | undefined
  /** ID of the admin it is assigned to; undefined when nobody, or a team. */
  readonly adminId: string | undefined
  readonly open: boolean
  /** What was written, oldest first. */
  readonly messages: readonly Message[]
}

/** Topics of conversations, and whether they tell what was written: the others are answered and ignored. */
export const conversationTopics = {
  'conversation.user.created': { messages: true },
  'conversation.user.replied': { messages: true },
  'conversation.admin.replied': { messages: true },
  'conversation.admin.assigned': { messages: false },
  'conversation.admin.open.assigned': { messages: false },
  'conversation.admin.opened': { messages: false },
  'conversation.admin.closed': { messages: false },
  'conversation.deleted': { messages: false },
} as const satisfies Record<string, { readonly messages: boolean }>

export type ConversationTopic = keyof typeof conversationTopics

/** What a body is: of a conversation, one that wants no more than an answer, or none of Intercom's. */
export type ReadNotification =
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'other'; readonly topic: string }
  | { readonly kind: 'unfit'; readonly issues: readonly v.BaseIssue<unknown>[] }

const id = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.safeInteger())]),
  v.transform(String),
  v.regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be an ID of up to 64 characters'),
)
/** To the end of the year 9999: further no date can be written. */
const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(253_402_300_799))
const text = v.nullish(v.string())
const author = v.nullish(v.object({ type: text, name: text }))

const partSchema = v.object({
  id,
  body: text,
  created_at: v.nullish(seconds),
  author,
})
const openingSchema = v.object({ id: v.nullish(id), body: text, author })

const conversationSchema = v.object({
  type: v.literal('conversation'),
  id: v.nullish(id),
  // conversation.deleted names it so, and tells nothing else.
  conversation_id: v.nullish(id),
  created_at: v.nullish(seconds),
  updated_at: v.nullish(seconds),
  open: v.nullish(v.boolean()),
  state: text,
  admin_assignee_id: v.nullish(id),
  assignee: v.nullish(v.object({ type: text, id: v.nullish(id) })),
  source: v.nullish(openingSchema),
  conversation_message: v.nullish(openingSchema),
  user: v.nullish(v.object({ name: text })),
  contacts: v.nullish(v.object({ contacts: v.nullish(v.array(v.object({ name: text }))) })),
  conversation_parts: v.nullish(
    v.object({ conversation_parts: v.nullish(v.pipe(v.array(partSchema), v.maxLength(500))) }),
  ),
})

const notificationSchema = v.object({
  type: v.literal('notification_event'),
  topic: v.pipe(v.string(), v.maxLength(100)),
  // A ping has none.
  id: v.nullish(v.pipe(v.string(), v.regex(/^[\w.-]{1,128}$/, 'must be an ID of up to 128 characters'))),
})
const conversationNotificationSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  created_at: seconds,
  data: v.object({ item: conversationSchema }),
})

type Conversation = v.InferOutput<typeof conversationSchema>

/** Reads a body that was parsed. */
export function readNotification(body: unknown): ReadNotification {
  const read = v.safeParse(notificationSchema, body)
  if (!read.success) return { kind: 'unfit', issues: read.issues }
  const { topic } = read.output
  if (!isConversationTopic(topic)) return { kind: 'other', topic }
  const whole = v.safeParse(conversationNotificationSchema, body)
  if (!whole.success) return { kind: 'unfit', issues: whole.issues }
  const { id: notificationId, created_at: createdAt, data } = whole.output
  const { item } = data
  const conversationId = item.id ?? item.conversation_id
  // Intercom tells of conversations by their ID alone; without it nothing can be recorded.
  if (conversationId === undefined || conversationId === null) return { kind: 'other', topic }
  const messages = messagesOf(item, topic, createdAt)
  const parts = item.conversation_parts?.conversation_parts ?? []
  return {
    kind: 'notice',
    notice: {
      notificationId,
      topic,
      createdAt: createdAt * 1000,
      conversationId,
      moment: {
        at: item.updated_at ?? createdAt,
        part: Math.max(0, ...parts.map(({ id: part }) => numberOf(part))),
      },
      customer: customerOf(item),
      adminId: adminOf(item),
      open: topic !== 'conversation.deleted' && (item.open ?? item.state !== 'closed'),
      messages,
    },
  }
}

function isConversationTopic(topic: string): topic is ConversationTopic {
  return Object.hasOwn(conversationTopics, topic)
}

function adminOf({ admin_assignee_id: adminId, assignee }: Conversation): string | undefined {
  if (adminId !== undefined && adminId !== null) return adminId === '0' ? undefined : adminId
  return assignee?.type === 'admin' ? (assignee.id ?? undefined) : undefined
}

function customerOf({ source, user, contacts }: Conversation): string | undefined {
  const name =
    user?.name ||
    (isCustomer(source?.author) ? source?.author?.name : undefined) ||
    contacts?.contacts?.[0]?.name
  return name ? plainLine(name, 100) || undefined : undefined
}

function messagesOf(item: Conversation, topic: ConversationTopic, createdAt: number): Message[] {
  if (!conversationTopics[topic].messages) return []
  const parts = item.conversation_parts?.conversation_parts ?? []
  const opening = item.source ?? item.conversation_message
  // The first message stands beside the parts, not among them.
  const first =
    topic === 'conversation.user.created' && opening?.id
      ? messageOf({ ...opening, id: opening.id, created_at: item.created_at }, 0, createdAt)
      : []
  return [...first, ...parts.flatMap((part) => messageOf(part, numberOf(part.id), createdAt))]
}

function messageOf(
  { id: messageId, body, author: by, created_at: at }: v.InferOutput<typeof partSchema>,
  part: number,
  createdAt: number,
): Message[] {
  const from = isCustomer(by) ? 'customer' : by?.type === 'admin' ? 'agent' : undefined
  const words = plainText(body ?? '', messageTextLength)
  // What bots say helps nobody, and an attachment without words says nothing.
  if (from === undefined || words === '') return []
  return [{ messageId, part, from, text: words, at: new Date((at ?? createdAt) * 1000).toISOString() }]
}

/** A part's ID as a number; 0 for one that is none. */
function numberOf(part: string): number {
  const number = Number(part)
  return Number.isSafeInteger(number) ? number : 0
}

/** Contacts are users or leads. */
function isCustomer(by: { readonly type?: string | null | undefined } | null | undefined): boolean {
  return ['user', 'lead', 'contact'].includes(by?.type ?? '')
}
