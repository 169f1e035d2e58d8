/**
 * Sends what outboxes hold, as their tables' streams tell of it. An event may go twice when this is ended in between:
 * its id tells.
 *
 * @module
 */
import type { Log } from '../log.ts'
import { readEnvelope } from './event.ts'
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
        await sendOne(record.outgoing, ports)
      } catch (error) {
        ports.log.error('event not sent; its record comes again', { recordId: record.recordId, error })
        failed.push(record.recordId)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, records.length) }, work))
  return failed
}

async function sendOne({ event, queue }: Outgoing, { publish, send }: RelayPorts): Promise<void> {
  if (queue) await send({ ...queue, body: event })
  else await publish(event, readEnvelope(event).type)
}
