/**
 * POST /webhooks/intercom: what Intercom notifies the desk of. A notification is recorded before it is answered, with
 * what it means to the queues, in one transaction; so none is forgotten, and one that comes again does nothing.
 *
 * Intercom waits five seconds, tries once more after a minute, and promises no order.
 * https://developers.intercom.com/docs/webhooks/webhook-notifications
 *
 * @module
 */
import type * as v from 'valibot'
import { backoffMs } from '../platform/backoff.ts'
import { unauthorised } from '../platform/http.ts'
import type { Log } from '../platform/log.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'
import type { Time } from '../platform/time.ts'
import { unfitBody } from '../platform/unfit-body.ts'
import { type Conversation, type Happened, newConversation, takeNotice } from './conversation.ts'
import { type Notice, readNotification } from './intercom/notification.ts'
import { isSignedNotification } from './intercom/signature.ts'

/** Where conversations are recorded. */
export interface NoticeStore {
  /** Strongly read: the conversation, and whether this notification was recorded. */
  read(
    conversationId: string,
    notificationId: string,
  ): Promise<{ readonly conversation: Conversation | undefined; readonly isKnown: boolean }>
  /** All or nothing. `moved` when the conversation is not as read, the notification was recorded, or another is in the way. */
  record(taken: TakenNotice): Promise<'written' | 'moved'>
}

export interface TakenNotice {
  readonly notificationId: string
  /** Until when its repetition has to be known, seconds since 1970. */
  readonly knownUntil: number
  readonly conversation: Conversation
  readonly happened: readonly Happened[]
}

export interface WebhookPorts {
  /** The app's client secrets: more than one while it is changed. */
  readonly secrets: () => Promise<readonly string[]>
  readonly store: NoticeStore
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
  readonly log: Log
}

export interface WebhookRequest {
  /** The body's bytes, as they were signed. */
  readonly body: Uint8Array
  readonly signature: string | undefined
}

/** What Intercom is answered; nothing reads it but people who look at its log. */
export interface WebhookAnswer {
  readonly outcome: 'recorded' | 'repeated' | 'ignored'
}

/** Largest body that is read, bytes: a notification carries a conversation's newest part, and seldom 20 KB. */
export const notificationBytesMax = 262_144

/**
 * How old a notification may be, seconds. Intercom's own come within hours, even after an outage of theirs. The record
 * of each is kept as long, so that one which was caught and is played again is either known or too old.
 */
export const notificationKeptSeconds = 7 * 86_400

/** How far ahead of ours Intercom's clock may be, seconds. */
const clockSkewSeconds = 300

/** Attempts at a conversation that others write as well: customers type fast, and notifications double. */
const attemptsMax = 12

/** Takes a notification. Throws ProblemError 400, 401 or 503. */
export async function takeNotification(
  { body, signature }: WebhookRequest,
  ports: WebhookPorts,
): Promise<WebhookAnswer> {
  const secrets = await ports.secrets()
  if (!secrets.some((secret) => isSignedNotification(body, signature, secret))) {
    ports.log.count('NotificationsForged')
    throw unauthorised(
      signature === undefined ? 'X-Hub-Signature is missing' : 'X-Hub-Signature is not of this body',
      "sign the body's bytes with the client secret of the app: HMAC-SHA1, written sha1=<40 hex digits>",
    )
  }
  const read = readNotification(parse(body))
  if (read.kind === 'unfit') throw unfit(read.issues)
  if (read.kind === 'other') {
    // An error would have Intercom send it again, and pause the subscription.
    ports.log.count(read.topic === 'ping' ? 'NotificationsPing' : 'NotificationsIgnored')
    return { outcome: 'ignored' }
  }
  checkAge(read.notice, ports.time.now())
  return recordNotice(read.notice, ports)
}

async function recordNotice(notice: Notice, ports: WebhookPorts): Promise<WebhookAnswer> {
  const { conversationId, notificationId, createdAt } = notice
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const { conversation, isKnown } = await ports.store.read(conversationId, notificationId)
    if (isKnown) {
      ports.log.count('NotificationsRepeated')
      return { outcome: 'repeated' }
    }
    const taken = takeNotice(conversation ?? newConversation(conversationId), notice)
    const knownUntil = Math.ceil(createdAt / 1000) + notificationKeptSeconds + clockSkewSeconds
    if ((await ports.store.record({ notificationId, knownUntil, ...taken })) === 'written')
      return { outcome: 'recorded' }
    await ports.time.sleep(backoffMs(attempt, { baseMs: 10, capMs: 200 }, ports.random))
  }
  throw new ProblemError({
    status: 503,
    code: 'conversation-busy',
    title: 'The conversation is busy',
    detail: `the conversation ${quoteValue(conversationId)} changed at each of ${attemptsMax} attempts`,
    remedy: 'send the notification again in a moment',
    headers: { 'retry-after': '1' },
  })
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch (error) {
    throw new ProblemError({
      status: 400,
      code: 'body-not-json',
      title: 'The body is not JSON',
      detail: `the body has ${body.length} bytes and is not JSON`,
      remedy: 'send the notification as Intercom makes it',
      cause: error,
    })
  }
}

function checkAge({ createdAt, notificationId }: Notice, now: number): void {
  const ageSeconds = Math.floor((now - createdAt) / 1000)
  if (ageSeconds <= notificationKeptSeconds && ageSeconds >= -clockSkewSeconds) return
  throw new ProblemError({
    status: 400,
    code: 'notification-out-of-time',
    title: 'The notification is not of this time',
    detail: `created_at of ${quoteValue(notificationId)} is ${ageSeconds} seconds ago`,
    remedy: `send notifications of the last ${notificationKeptSeconds / 86_400} days: whether an older one was taken is not known any more`,
  })
}

function unfit(issues: readonly v.BaseIssue<unknown>[]): ProblemError {
  return unfitBody(issues, {
    code: 'notification-unfit',
    title: 'This is no notification of Intercom',
    remedy: 'send a notification_event as Intercom documents it',
  })
}
