/**
 * Tells the counts: people by the state `campaigns/{campaignId}/watching`, broadcast's pace by the topic's `watchers`
 * item.
 *
 * @module
 */
import { campaignWatching } from '../../../topics/campaign-watching.ts'
import { type Head, headValue, type Published, topicWriter } from '../../platform/live-table.ts'
import type { Log } from '../../platform/log.ts'
import type { LiveStore } from '../../platform/live-writes.ts'
import type { Time } from '../../platform/time.ts'
import type { Watchers } from '../publishing.ts'
import type { WatchedTopics } from './watched-topics.ts'

/** What the live table knows about one count. */
export interface Told {
  /** Whether the counted topic has a head. Who subscribes to a campaign that there is not makes no topic of it. */
  readonly exists: boolean
  readonly head: Head | undefined
  readonly published: Published | undefined
}

export interface TellPorts {
  readonly watched: WatchedTopics
  /** The topics' counts, strongly read; 0 where there is none. */
  readonly counts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>
  /** Of the counted topic, and of the state that tells its count; strongly read. */
  readonly told: (topic: string, watching: string) => Promise<Told>
  readonly write: LiveStore['write']
  readonly putWatchers: (topic: string, watchers: Watchers) => Promise<void>
  readonly time: Time
  readonly log: Log
  /** Default: a ULID of now. */
  readonly newEpoch?: () => string
}

const paceMs = campaignWatching.paceSeconds * 1000

/**
 * Tells the counts of these topics as they are now, each at its pace. Answers those that have to come again; all others
 * are told before `deadline` (ms since 1970).
 *
 * It waits for the pace itself before it writes the head: broadcast, to which a head comes that it may not send yet,
 * waits with the whole shard, and the totals would wait with it.
 */
export async function tellCounts(
  topics: readonly string[],
  ports: TellPorts,
  deadline: number,
): Promise<readonly string[]> {
  const failed = await Promise.all(
    [...new Set(topics)].map(async (topic) => {
      try {
        return (await tellCount(topic, ports, deadline)) ? [] : [topic]
      } catch (error) {
        // One topic's trouble must not keep the others from being told.
        ports.log.error('count of watchers not told', { topic, error })
        return [topic]
      }
    }),
  )
  return failed.flat()
}

async function tellCount(topic: string, ports: TellPorts, deadline: number): Promise<boolean> {
  const watched = ports.watched(topic)
  if (!watched) return true
  if (watched.stretches) {
    const count = await countOf(topic, ports)
    await ports.putWatchers(topic, { count, at: ports.time.now() })
  }
  return watched.watching === undefined || tellPeople(topic, watched.watching, ports, deadline)
}

async function tellPeople(
  topic: string,
  { topic: watching, campaignId }: { readonly topic: string; readonly campaignId: string },
  ports: TellPorts,
  deadline: number,
): Promise<boolean> {
  const { time } = ports
  while (time.now() < deadline) {
    const [count, { exists, head, published }] = await Promise.all([
      countOf(topic, ports),
      ports.told(topic, watching),
    ])
    if (!exists) return true
    if (head ? headValue(campaignWatching, head).watching === count : count === 0) return true
    // What was written and not sent yet is waiting for its pace, too.
    const lastAt = Math.max(published?.at ?? 0, head ? Date.parse(head.at) : 0)
    const waitMs = lastAt + paceMs - time.now()
    if (waitMs > 0) {
      if (time.now() + waitMs >= deadline) return false
      await time.sleep(waitMs)
      continue
    }
    const writer = topicWriter({
      at: new Date(time.now()).toISOString(),
      ...(ports.newEpoch ? { newEpoch: ports.newEpoch } : {}),
    })
    const change = writer.set(campaignWatching, { campaignId }, { watching: count }, head)
    if ((await ports.write([change])) === 'written') return true
  }
  return false
}

async function countOf(topic: string, ports: TellPorts): Promise<number> {
  return (await ports.counts([topic])).get(topic) ?? 0
}
