import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { campaignTotal } from '../../../topics/campaign-total.ts'
import { campaignWatching } from '../../../topics/campaign-watching.ts'
import { state } from '../../../topics/contract/index.ts'
import { type Head, type TopicWrite } from '../../platform/live-table.ts'
import { RecordingLog } from '../../testing/recording-log.ts'
import { VirtualTime } from '../../testing/virtual-time.ts'
import type { Watchers } from '../publishing.ts'
import { tellCounts } from './tell.ts'
import { watchedTopics } from './watched-topics.ts'

const total = 'campaigns/c1/total'
const watching = 'campaigns/c1/watching'
const paceMs = campaignWatching.paceSeconds * 1000
const stretched = state({
  topic: 'scores/{game}',
  payload: v.number(),
  subscribe: campaignTotal.subscribe,
  pace: 'auto',
})

function aTable() {
  const time = new VirtualTime()
  const heads = new Map<string, Head>()
  const counts = new Map<string, number>()
  const watchers = new Map<string, Watchers>()
  const written: { at: number; value: string | undefined }[] = []
  const faults = { moved: 0 }
  const ports = {
    watched: watchedTopics([campaignTotal, campaignWatching, stretched]),
    counts: (topics: readonly string[]) =>
      Promise.resolve(new Map(topics.map((topic) => [topic, counts.get(topic) ?? 0]))),
    told: (topic: string, told: string) => {
      const head = heads.get(told)
      // Broadcast is at once, here.
      const published = head && { epoch: head.epoch, sequence: head.sequence, at: Date.parse(head.at) + 40 }
      return Promise.resolve({ exists: heads.has(topic), head, published })
    },
    write: ([change]: readonly TopicWrite[]) => {
      if (faults.moved-- > 0 || !change) return Promise.resolve('moved' as const)
      heads.set(change.head.topic, change.head)
      written.push({ at: time.now(), value: change.head.value })
      return Promise.resolve('written' as const)
    },
    putWatchers: (topic: string, now: Watchers) => {
      watchers.set(topic, now)
      return Promise.resolve()
    },
    time,
    log: new RecordingLog(),
  }
  const makeCampaign = () =>
    heads.set(total, { topic: total, epoch: 'e', sequence: 1, at: '2026-01-01T00:00:00.000Z', floor: 0 })
  const tell = (topics: readonly string[], forMs = 10_000) =>
    time.run(tellCounts(topics, ports, time.now() + forMs))
  return { time, heads, counts, watchers, written, faults, makeCampaign, tell }
}

describe('telling the counts', () => {
  it('tells the first at once and the next after the pace, as it is then', async () => {
    const { time, counts, written, makeCampaign, tell } = aTable()
    makeCampaign()
    counts.set(total, 1)
    const startedAt = time.now()
    expect(await tell([total])).toEqual([])
    counts.set(total, 2)
    const telling = tell([total])
    void time.sleep(paceMs / 2).then(() => counts.set(total, 5))
    expect(await telling).toEqual([])
    expect(written.map(({ at, value }) => [at - startedAt, value])).toEqual([
      [0, '{"watching":1}'],
      // From when it was published, so that broadcast has nothing to wait for.
      [paceMs + 40, '{"watching":5}'],
    ])
  })

  it('says nothing that was said, and nothing of a campaign that there is not', async () => {
    const { counts, written, makeCampaign, tell } = aTable()
    counts.set(total, 3)
    expect(await tell([total, 'campaigns/c1/donations', 'other'])).toEqual([])
    expect(written).toEqual([])
    makeCampaign()
    counts.set(total, 0)
    expect(await tell([total])).toEqual([])
    expect(written).toEqual([])
    counts.set(total, 3)
    expect(await tell([total, total])).toEqual([])
    expect(await tell([total])).toEqual([])
    expect(written).toHaveLength(1)
    counts.set(total, 0)
    expect(await tell([total])).toEqual([])
    expect(written.at(-1)?.value).toBe('{"watching":0}')
  })

  it('gives back what it has no time for, and reads anew when the head moved', async () => {
    const { counts, faults, heads, makeCampaign, tell } = aTable()
    makeCampaign()
    counts.set(total, 1)
    faults.moved = 2
    expect(await tell([total])).toEqual([])
    expect(heads.get(watching)?.sequence).toBe(1)
    counts.set(total, 2)
    expect(await tell([total], paceMs / 2)).toEqual([total])
  })

  it('tells broadcast who watches a topic whose pace stretches, though nothing changed: it believes a count two minutes', async () => {
    const { time, counts, watchers, tell } = aTable()
    counts.set('scores/g1', 7)
    await tell(['scores/g1'])
    expect(watchers.get('scores/g1')).toEqual({ count: 7, at: time.now() })
    await time.run(time.sleep(60_000))
    await tell(['scores/g1'])
    expect(watchers.get('scores/g1')).toEqual({ count: 7, at: time.now() })
  })
})
