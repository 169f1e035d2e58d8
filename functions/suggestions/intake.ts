/**
 * Notifications that could not be recorded when they came: they waited in the queue `desk-intake`. One that is recorded
 * later than newer ones is late, as Intercom's own may be: conversation.ts has the rules.
 *
 * @module
 */
import { backoffMs } from '../platform/backoff.ts'
import { PoisonError, RetryLater } from '../platform/bus/queue-errors.ts'
import type { Notice } from './intercom/notification.ts'
import { checkAge, recordNotice, type RecordPorts } from './record-notice.ts'

/** How long one waits between attempts, ms: soon again after a moment, once a minute at most in an outage of hours. */
const retryBackoff = { baseMs: 1_000, capMs: 60_000 }

/** Records one that waited. Throws PoisonError for one that waited too long, RetryLater for anything else. */
export async function recordDeferred(notice: Notice, attempt: number, ports: RecordPorts): Promise<void> {
  try {
    checkAge(notice, ports.time.now())
  } catch (error) {
    throw new PoisonError(`${notice.notificationId} waited too long to be known if it was recorded`, {
      cause: error,
    })
  }
  try {
    await recordNotice(notice, ports)
  } catch (error) {
    const waitMs = backoffMs(attempt, retryBackoff, ports.random)
    throw new RetryLater(`${notice.notificationId} is not recorded yet`, waitMs / 1000, { cause: error })
  }
}
