/**
 * A batch of head changes from the live table's stream: every topic in it at once, each at its own pace.
 *
 * @module
 */
import { broadcastTopic, type BroadcastPorts } from './broadcast-topic.ts'

/** A head that changed. */
export interface HeadChange {
  readonly topic: string
  /** The stream record's sequence number: what Lambda is told when the record has to come again. */
  readonly recordId: string
}

/** Waits after an error that may pass, ms: an outage is waited out here, where it costs no retry of the stream's few. */
const outageWaitMs = { first: 500, most: 5_000 }

/** Answers the records that have to come again: the first of each topic that is not done before `deadline` (ms since 1970). */
export async function broadcast(
  changes: readonly HeadChange[],
  ports: BroadcastPorts,
  deadline: number,
): Promise<readonly string[]> {
  const first = new Map<string, string>()
  for (const { topic, recordId } of changes) if (!first.has(topic)) first.set(topic, recordId)
  const failed = await Promise.all(
    Array.from(first, async ([topic, recordId]) =>
      (await isBroadcast(topic, ports, deadline)) ? [] : [recordId],
    ),
  )
  return failed.flat()
}

async function isBroadcast(topic: string, ports: BroadcastPorts, deadline: number): Promise<boolean> {
  for (let waitMs = outageWaitMs.first; ; waitMs = Math.min(2 * waitMs, outageWaitMs.most)) {
    try {
      if ((await broadcastTopic(topic, ports, deadline)) === 'done') return true
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
