/**
 * Recording a notification: with the conversation it changes and what that means to the queues, in one transaction. So
 * none is told of that was not recorded, and one that comes again does nothing.
 *
 * @module
 */
import { backoffMs } from '../platform/backoff.ts'
import type { Log } from '../platform/log.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'
import type { Time } from '../platform/time.ts'
import { type Conversation, type Happened, newConversation, takeNotice } from './conversation.ts'
import type { Notice } from './intercom/notification.ts'

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

export interface RecordPorts {
  readonly store: NoticeStore
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
  readonly log: Log
}

/**
 * How old a notification may be, seconds. Intercom's own come within hours, even after an outage of theirs. The record
 * of each is kept as long, so that one which was caught and is played again is either known or too old.
 */
export const notificationKeptSeconds = 7 * 86_400

/** How far ahead of ours Intercom's clock may be, seconds. */
const clockSkewSeconds = 300

/** Attempts at a conversation that others write as well: customers type fast, and notifications double. */
const attemptsMax = 12

/** Records a notification once. Throws ProblemError 503 when others are in the way or `until` (ms since 1970) is over. */
export async function recordNotice(
  notice: Notice,
  { store, time, random, log }: RecordPorts,
  until = Number.POSITIVE_INFINITY,
): Promise<'recorded' | 'repeated'> {
  const { conversationId, notificationId, createdAt } = notice
  for (let attempt = 1; attempt <= attemptsMax && time.now() < until; attempt++) {
    const { conversation, isKnown } = await store.read(conversationId, notificationId)
    if (isKnown) {
      log.count('NotificationsRepeated')
      return 'repeated'
    }
    if (time.now() >= until) break
    const taken = takeNotice(conversation ?? newConversation(conversationId), notice)
    const knownUntil = Math.ceil(createdAt / 1000) + notificationKeptSeconds + clockSkewSeconds
    if ((await store.record({ notificationId, knownUntil, ...taken })) === 'written') return 'recorded'
    await time.sleep(backoffMs(attempt, { baseMs: 10, capMs: 200 }, random))
  }
  throw new ProblemError({
    status: 503,
    code: 'conversation-busy',
    title: 'The conversation is busy',
    detail: `the conversation ${quoteValue(conversationId)} changed at each attempt, or the table was slow`,
    remedy: 'send the notification again in a moment',
    headers: { 'retry-after': '1' },
  })
}

/** Throws ProblemError 400 for a notification of too long ago, or of the future; `now` in ms since 1970. */
export function checkAge({ createdAt, notificationId }: Notice, now: number): void {
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
