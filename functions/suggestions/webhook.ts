/**
 * POST /webhooks/intercom: what Intercom notifies the desk of. A notification is recorded before it is answered; while
 * that fails, the queue `desk-intake` takes it, and intake.ts records it later. So none is forgotten while AWS takes
 * anything at all.
 *
 * Intercom waits five seconds, tries once more after a minute, and promises no order.
 * https://developers.intercom.com/docs/webhooks/webhook-notifications
 *
 * @module
 */
import type * as v from 'valibot'
import { isPassing } from '../platform/dynamodb.ts'
import { unauthorised } from '../platform/http.ts'
import { ProblemError } from '../platform/problem.ts'
import { unfitBody } from '../platform/unfit-body.ts'
import { type Notice, readNotification } from './intercom/notification.ts'
import { isSignedNotification } from './intercom/signature.ts'
import { checkAge, recordNotice, type RecordPorts } from './record-notice.ts'

export interface WebhookPorts extends RecordPorts {
  /** The app's client secrets: more than one while it is changed. */
  readonly secrets: () => Promise<readonly string[]>
  /** Hands a verified notification to the queue. */
  readonly defer: (notice: Notice) => Promise<void>
}

export interface WebhookRequest {
  /** The body's bytes, as they were signed. */
  readonly body: Uint8Array
  readonly signature: string | undefined
}

/** What Intercom is answered; nothing reads it but people who look at its log. */
export interface WebhookAnswer {
  readonly outcome: 'recorded' | 'repeated' | 'deferred' | 'ignored'
}

/** Largest body that is read, bytes: a notification carries a conversation's newest part, and seldom 20 KB. */
export const notificationBytesMax = 262_144

/**
 * How long recording is begun, ms. What was begun has 1.5 s, and the queue as much: four of the five seconds that
 * Intercom waits.
 */
const recordMs = 1_000

/** Takes a notification. Throws ProblemError 400, 401, or 503 when neither the table nor the queue takes it. */
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
  return recordOrDefer(read.notice, ports)
}

async function recordOrDefer(notice: Notice, ports: WebhookPorts): Promise<WebhookAnswer> {
  const { notificationId } = notice
  let problem: unknown
  try {
    return { outcome: await recordNotice(notice, ports, ports.time.now() + recordMs) }
  } catch (error) {
    problem = error
  }
  // Whatever it was: of a mistake of ours Intercom would give up in a minute, and the queue's alarm tells of it.
  const passing = problem instanceof ProblemError || isPassing(problem)
  ports.log[passing ? 'warn' : 'error']('notification not recorded; its queue takes it', {
    notificationId,
    error: problem,
  })
  try {
    // The recording may have taken place all the same: then the queue's is a repetition.
    await ports.defer(notice)
  } catch (error) {
    throw notTaken(new AggregateError([problem, error], 'neither the table nor SQS took the notification'))
  }
  ports.log.count('NotificationsDeferred')
  return { outcome: 'deferred' }
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

function unfit(issues: readonly v.BaseIssue<unknown>[]): ProblemError {
  return unfitBody(issues, {
    code: 'notification-unfit',
    title: 'This is no notification of Intercom',
    remedy: 'send a notification_event as Intercom documents it',
  })
}

function notTaken(cause: unknown): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'notification-not-taken',
    title: 'The notification could not be taken',
    detail: 'neither the table nor the queue took the notification',
    remedy: 'send the same notification again in a moment',
    headers: { 'retry-after': '2' },
    cause,
  })
}
