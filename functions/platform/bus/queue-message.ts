/**
 * One message of a queue: who handles it, and what becomes of it when that fails.
 *
 * @module
 */
import type { SQSRecord } from 'aws-lambda'
import { backoffMs } from '../backoff.ts'
import type { Invocation } from '../invocation.ts'
import { logOf } from '../log.ts'
import { type DomainEvent, EventError, readEnvelope } from './event.ts'
import { PoisonError, RetryLater } from './queue-errors.ts'
import { childOf, traceOf } from './trace.ts'

/** What a queue's handler does with messages of one type. */
export interface Consumer {
  /** `*`: of every type, and of none. */
  readonly type: string
  readonly handle: (body: string, invocation: Invocation, record: SQSRecord) => Promise<void>
}

/** What becomes of a message besides being done. */
export interface QueuePort {
  /** Hides it for so long from now. */
  readonly hide: (record: SQSRecord, seconds: number) => Promise<void>
  /** Puts it into the dead-letter queue of its queue, with the reason. */
  readonly setAside: (record: SQSRecord, reason: string) => Promise<void>
}

/** How long messages wait that shall come again and do not say when. */
const retryBackoff = { baseMs: 4_000, capMs: 900_000 }

/** The longest a message can be hidden, seconds. ChangeMessageVisibility. */
const hideSecondsMax = 43_200

/** Handles one message. False: it has to come again. Never throws. */
export async function handleMessage(
  record: SQSRecord,
  consumers: ReadonlyMap<string, Consumer>,
  queue: QueuePort,
  batch: Invocation,
): Promise<boolean> {
  const { messageId, body } = record
  const attempt = Number(record.attributes.ApproximateReceiveCount)
  const envelope = envelopeOf(body)
  const type = 'problem' in envelope ? 'unknown' : envelope.type
  const told = 'problem' in envelope ? undefined : envelope.trace
  const trace = told ? childOf(told, Math.random) : traceOf(undefined, Math.random)
  const log = logOf(trace.traceId)
  try {
    const consumer = consumers.get('*') ?? consumers.get(type)
    if (!consumer) {
      if ('problem' in envelope) throw envelope.problem
      throw new PoisonError(
        `nothing here consumes ${type}: this queue's handler knows ${[...consumers.keys()].join(', ')}`,
      )
    }
    // What the batch's run offers, with this message's own log, trace and count.
    const invocation: Invocation = {
      log,
      trace,
      attempt,
      deadline: batch.deadline,
      get signal() {
        return batch.signal
      },
      during: (what, work) => batch.during(what, work),
    }
    await batch.during(
      `${type} ${messageId}`,
      beforeDeadline(consumer.handle(body, invocation, record), batch),
    )
    return true
  } catch (error) {
    const about = { messageId, type, attempt }
    if (error instanceof PoisonError || error instanceof EventError) {
      return setAside(error)
    }
    if (error instanceof RetryLater) {
      const seconds = error.delaySeconds ?? Math.ceil(backoffMs(attempt, retryBackoff, Math.random) / 1000)
      log.warn('message shall come again', { ...about, seconds, error })
      await hide(Math.min(Math.max(Math.ceil(seconds), 0), hideSecondsMax))
      return false
    }
    log.error('message failed; its queue brings it again', { ...about, error })
    return false
  }

  async function setAside(error: Error): Promise<boolean> {
    log.error('message is poison and is set aside', { messageId, type, attempt, error })
    try {
      await queue.setAside(record, error.message)
      return true
    } catch (problem) {
      // It comes again, and at last its queue sets it aside, without the reason.
      log.error('message could not be set aside', { messageId, type, attempt, error: problem })
      return false
    }
  }

  async function hide(seconds: number): Promise<void> {
    try {
      await queue.hide(record, seconds)
    } catch (error) {
      // It comes again all the same, when its queue's visibility time-out is over.
      log.warn('message could not be hidden', { messageId, type, attempt, error })
    }
  }
}

function envelopeOf(body: string): DomainEvent | { readonly problem: Error } {
  try {
    return readEnvelope(body)
  } catch (error) {
    if (error instanceof EventError) return { problem: error }
    throw error
  }
}

/** The work, or an error when the function's time is over first: then the others' messages are answered as done. */
async function beforeDeadline(work: Promise<void>, { signal }: Invocation): Promise<void> {
  signal.throwIfAborted()
  let stop: (() => void) | undefined
  const late = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    await Promise.race([work, late])
  } finally {
    if (stop) signal.removeEventListener('abort', stop)
  }
}
