/**
 * A batch of head changes from the live table's stream: every topic in it at once, so that none waits for another's
 * pace, or for its outage.
 *
 * @module
 */
import type { DynamoDBStreamEvent } from 'aws-lambda'
import type { PublishingPorts } from './publishing.ts'

/** A head that changed. */
export interface HeadChange {
  readonly topic: string
  /** The stream record's sequence number: what Lambda is told when the record has to come again. */
  readonly recordId: string
}

/** Waits after an error that may pass, ms: an outage is waited out here, where it costs no retry of the stream's few. */
const outageWaitMs = { first: 500, most: 5_000 }

/**
 * The heads that a batch tells of: of inboxes, or of all other kinds. The stream's filter lets only those through; a
 * filter that was edited away must not publish log entries, nor make two functions publish one topic.
 */
export function headChanges(
  { Records }: DynamoDBStreamEvent,
  of: 'inboxes' | 'others',
): readonly HeadChange[] {
  const changes: HeadChange[] = []
  for (const { dynamodb } of Records) {
    const { Keys, NewImage, SequenceNumber: recordId = '' } = dynamodb ?? {}
    const topic = Keys?.['pk']?.S
    if (topic === undefined || Keys?.['sk']?.S !== 'head') continue
    if ((NewImage?.['unread'] !== undefined) === (of === 'inboxes')) changes.push({ topic, recordId })
  }
  return changes
}

/**
 * Publishes each topic that changed, once. Answers the records that have to come again: the first of each topic that is
 * not done before `deadline` (ms since 1970).
 */
export async function publishChanges(
  changes: readonly HeadChange[],
  publish: (topic: string) => Promise<'done' | 'late'>,
  ports: Pick<PublishingPorts, 'isPassing' | 'log' | 'time'>,
  deadline: number,
): Promise<readonly string[]> {
  const first = new Map<string, string>()
  for (const { topic, recordId } of changes) if (!first.has(topic)) first.set(topic, recordId)
  const failed = await Promise.all(
    Array.from(first, async ([topic, recordId]) => ((await isPublished(topic)) ? [] : [recordId])),
  )
  return failed.flat()

  async function isPublished(topic: string): Promise<boolean> {
    for (let waitMs = outageWaitMs.first; ; waitMs = Math.min(2 * waitMs, outageWaitMs.most)) {
      try {
        if ((await publish(topic)) === 'done') return true
        ports.log.warn('topic not published in time; its record comes again', { topic })
        return false
      } catch (error) {
        if (!ports.isPassing(error) || ports.time.now() + waitMs >= deadline) {
          ports.log.error('topic not published; its record comes again', { topic, error })
          return false
        }
      }
      await ports.time.sleep(waitMs)
    }
  }
}
