/**
 * Sends what outboxes hold, as their tables' streams tell of it. An event may go twice when this is ended in between:
 * its id tells.
 *
 * @module
 */
import type { Log } from '../log.ts'
import { EventError, readEnvelope } from './event.ts'
import type { Outgoing } from './outbox.ts'
import type { PublishEvent } from './publisher.ts'
import type { SendMessage } from './sqs-sender.ts'

/** One record of a stream. */
export interface RelayRecord {
  readonly recordId: string
  readonly outgoing: Outgoing
}

/** What relay needs. */
export interface RelayPorts {
  readonly publish: PublishEvent
  readonly send: SendMessage
  /** Puts what can never be sent where a person reads it. */
  readonly setAside: (failure: { readonly outgoing: Outgoing; readonly problem: string }) => Promise<void>
  readonly log: Log
}

/** Sends at most so many at once. */
const concurrency = 10

/** Sends each; answers those that have to come again. */
export async function relay(records: readonly RelayRecord[], ports: RelayPorts): Promise<string[]> {
  const failed: string[] = []
  const waiting = [...records]
  const work = async () => {
    for (let record = waiting.shift(); record; record = waiting.shift()) {
      try {
        await sendOrSetAside(record, ports)
      } catch (error) {
        ports.log.error('event not sent; its record comes again', { recordId: record.recordId, error })
        failed.push(record.recordId)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, records.length) }, work))
  return failed
}

/**
 * One that SNS or SQS refuses for good must not hold up its shard for hours. What a person can mend meanwhile, a missing
 * permission for instance, is tried again.
 */
async function sendOrSetAside({ recordId, outgoing }: RelayRecord, ports: RelayPorts): Promise<void> {
  try {
    await sendOne(outgoing, ports)
  } catch (error) {
    if (!isRefusedForGood(error)) throw error
    ports.log.error('event can never be sent and is set aside', { recordId, error })
    await ports.setAside({ outgoing, problem: String(error) })
  }
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html and API_SendMessage of SQS, *Errors*. */
function isRefusedForGood(error: unknown): boolean {
  if (error instanceof EventError) return true
  return (
    error instanceof Error &&
    /InvalidParameter|InvalidMessageContents|NonExistentQueue|QueueDoesNotExist|UnsupportedOperation/.test(
      error.name,
    )
  )
}

async function sendOne({ event, queue }: Outgoing, { publish, send }: RelayPorts): Promise<void> {
  if (queue) await send({ ...queue, body: event })
  else await publish(event, readEnvelope(event).type)
}
