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

/** Answers the records that have to come again: the first of each topic that is not done before `deadline` (ms since 1970). */
export async function broadcast(
  changes: readonly HeadChange[],
  ports: BroadcastPorts,
  deadline: number,
): Promise<readonly string[]> {
  const first = new Map<string, string>()
  for (const { topic, recordId } of changes) if (!first.has(topic)) first.set(topic, recordId)
  const failed = await Promise.all(
    Array.from(first, async ([topic, recordId]) => {
      try {
        if ((await broadcastTopic(topic, ports, deadline)) === 'done') return []
        ports.log.warn('topic not published in time; its record comes again', { topic })
      } catch (error) {
        ports.log.error('topic not published; its record comes again', { topic, error })
      }
      return [recordId]
    }),
  )
  return failed.flat()
}
