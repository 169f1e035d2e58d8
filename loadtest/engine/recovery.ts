/**
 * Holes in a feed are read from `/events`, as the client does: one request at a time for each subscriber, page after page.
 *
 * @module
 */
import { type LogPage, logPageEntries } from '../../topics/contract/index.ts'
import type { LoadTarget } from '../plan.ts'
import { closeHole } from './entries.ts'
import { sendRequest } from './http-request.ts'
import type { Listener } from './listener.ts'
import type { PhaseCounts } from './phase-figures.ts'
import type { RunClock } from './run-clock.ts'
import type { TopicLog } from './topic-log.ts'

/** A late message may fill a hole by itself; nobody asks before this, ms, and all not at once. */
const waitMs = 500
/** Requests for one hole at the most; what is missing then stays a gap. */
const attemptsMost = 4

export function createRecovery(
  target: LoadTarget,
  counts: PhaseCounts,
  clock: RunClock,
  random: () => number,
) {
  const busy = new Set<Listener>()

  async function recover(log: TopicLog, listener: Listener): Promise<void> {
    for (let attempt = 0; attempt < attemptsMost; attempt += 1) {
      await new Promise((resolve) => setTimeout(resolve, waitMs * random() * 2 ** attempt))
      const hole = listener.holes?.[0]
      if (!hole) return
      const [from, to] = hole
      const url = new URL(`${target.httpUrl}/events`)
      url.searchParams.set('topic', log.topic.topic)
      url.searchParams.set('after', String(from - 1))
      url.searchParams.set('epoch', listener.epoch)
      url.searchParams.set('limit', String(Math.min(to - from + 1, logPageEntries.max)))
      const started = clock.now()
      const phase = counts.at(started)
      const topic = phase.topic(log.topic)
      const request = phase.requests.of('events')
      topic.recoveries += 1
      request.sent += 1
      const { status, said, body } = await sendRequest({ url, method: 'GET' })
      request.record(said, status === 200, clock.now() - started)
      const last = status === 200 ? lastOf(body, listener.epoch) : undefined
      if (last === undefined) continue
      topic.gapsRecovered += closeHole(listener, from, last)
      // Progress: more pages are no further attempts.
      if (last >= from) attempt = -1
    }
  }

  return function onHole(log: TopicLog, listener: Listener): void {
    if (busy.has(listener)) return
    busy.add(listener)
    void recover(log, listener).finally(() => busy.delete(listener))
  }
}

/** The last entry that the page has, or undefined for another log's page, or one with something missing. */
function lastOf(body: string, epoch: string): number | undefined {
  try {
    const page = JSON.parse(body) as LogPage
    return page.epoch === epoch && page.complete ? page.events.at(-1)?.sequence : undefined
  } catch {
    // An answer that is no page recovers nothing, and is tried again.
    return undefined
  }
}
