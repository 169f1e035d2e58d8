import { describe, expect, test } from 'vitest'
import { type Chance, seededChance } from '../local/chance.ts'
import { type Clock, systemClock } from '../local/clock.ts'
import { type Faults, noFaults } from '../local/faults.ts'
import { startIotCore } from '../local/iot/index.ts'
import { percentileMs } from './histogram.ts'
import type { Loss, TopicFigures } from './outcome.ts'
import { aGroup, aPhase, aPlan, aPublisher, runOn } from './testing/a-plan.ts'
import { type WatchedDelivery, type WatchingProxy, watchingProxy } from './testing/watching-proxy.ts'

/** What the broker did, as its chance and its clock saw it. */
interface Done {
  /** Faults of this probability that came true. */
  happened(probability: number): number
  /** Deliveries that were delayed, in the order in which they were sent: which one it was, in the order of drawing. */
  readonly sent: readonly number[]
}

const viewers = 20
const perSecond = 50
/** A message counts for who subscribed a second before it; a busy machine takes its time to let everybody in. */
const joinMs = 3000

/** Faults on a seed, watched; then a run of three seconds against them. */
async function run(
  faults: Partial<Faults['iot']>,
  qos: 0 | 1 = 0,
  workers = 1,
  between?: (port: number) => Promise<WatchingProxy>,
): Promise<{
  figures: TopicFigures
  done: Done
  losses: Loss[]
  startedAt: number
  deliveries: readonly WatchedDelivery[]
}> {
  const counts = new Map<number, number>()
  const sent: number[] = []
  let drawn = 0
  let isDelivery = false
  const watched = (chance: Chance): Chance => ({
    next() {
      isDelivery = true
      return chance.next()
    },
    happens(probability) {
      const happens = chance.happens(probability)
      if (happens) counts.set(probability, (counts.get(probability) ?? 0) + 1)
      return happens
    },
    fork: (part) => watched(chance.fork(part)),
  })
  const clock: Clock = {
    now: () => systemClock.now(),
    after(ms, go) {
      if (!isDelivery) return systemClock.after(ms, go)
      isDelivery = false
      const index = drawn++
      return systemClock.after(ms, () => {
        sent.push(index)
        go()
      })
    },
  }
  const iot = await startIotCore({
    anonymous: true,
    quotas: 'off',
    chance: watched(seededChance(11)),
    clock,
    faults: { ...noFaults().iot, ...faults },
  })
  const subscribers = [aGroup({ from: viewers, to: viewers, qos })]
  const phases = [
    aPhase({ name: 'join', durationMs: joinMs, subscribers }),
    aPhase({ name: 'publish', durationMs: 3000, subscribers, publishers: [aPublisher(perSecond, qos)] }),
  ]
  const proxy = await between?.(iot.port)
  const outcome = await runOn(iot, aPlan(proxy?.url ?? iot.url, phases), { workers }).finally(() =>
    proxy?.close(),
  )
  const [figures] = outcome.total.topics
  if (!figures) throw new Error('nothing was heard')
  expect(outcome).toMatchObject({ ended: 'completed', unfit: { total: 0 } })
  expect(figures.published).toBe(3 * perSecond)
  return {
    figures,
    losses: [...outcome.losses.first],
    startedAt: Date.parse(outcome.startedAt),
    deliveries: proxy?.deliveries ?? [],
    done: { sent, happened: (probability) => counts.get(probability) ?? 0 },
  }
}

const expected = viewers * perSecond * 3

describe.concurrent('counts', () => {
  test('a broker that does as it should is reported so', async () => {
    const { figures, losses } = await run({})
    expect(figures).toMatchObject({ delivered: expected, lost: 0, duplicated: 0, reordered: 0, unfit: 0 })
    expect(losses).toEqual([])
  })

  test('exactly what was dropped is lost, and listed, however many threads hear', async () => {
    const { figures, done, losses } = await run({ drop: 0.1 }, 0, 2)
    const dropped = done.happened(0.1)
    expect(dropped).toBeGreaterThan(100)
    expect(figures).toMatchObject({
      lost: dropped,
      delivered: expected - dropped,
      duplicated: 0,
      reordered: 0,
    })
    expect(losses.reduce((sum, { subscribers }) => sum + subscribers, 0)).toBe(dropped)
  })

  test('a message that nobody got is lost to all', async () => {
    const { figures, losses } = await run({ drop: 1 }, 0, 2)
    expect(figures).toMatchObject({ delivered: 0, lost: expected })
    expect(losses).toHaveLength(3 * perSecond)
    expect(losses[0]).toMatchObject({ topic: figures.topic.topic, sequence: 1, subscribers: viewers })
  })

  test('exactly what was doubled is duplicated, at QoS 1 too', async () => {
    const { figures, done } = await run({ double: 0.07 }, 1)
    expect(done.happened(0.07)).toBeGreaterThan(100)
    expect(figures).toMatchObject({
      delivered: expected,
      lost: 0,
      reordered: 0,
      duplicated: done.happened(0.07),
    })
  })

  test('dropped and doubled together: each copy may be dropped', async () => {
    const { figures, done } = await run({ drop: 0.2, double: 0.1 })
    const copies = expected + done.happened(0.1) - done.happened(0.2)
    expect(figures.delivered + figures.duplicated).toBe(copies)
    expect(figures.delivered + figures.lost).toBe(expected)
  })
})

test.concurrent('exactly what came behind a newer one is reordered', async () => {
  const { figures, done } = await run({ delayMs: 200 })
  expect(figures).toMatchObject({ delivered: expected, lost: 0, duplicated: 0 })
  // Deliveries are drawn message by message, subscriber by subscriber.
  const newest = Array<number>(viewers).fill(-1)
  let behind = 0
  for (const index of done.sent) {
    const [message, viewer] = [Math.floor(index / viewers), index % viewers]
    if (message < (newest[viewer] ?? -1)) behind += 1
    else newest[viewer] = message
  }
  expect(behind).toBeGreaterThan(1000)
  expect(figures.reordered).toBe(behind)
})

// That a given delay is told exactly is a property of engine/topic-log.test.ts, on times that are made up. Here is the whole way, on real
// sockets: what is known of each delivery is when it was handed on and when it had been acknowledged, and no figure may lie outside,
// however slow the machine is.
test.concurrent('latencies are the delays', async () => {
  const { figures, deliveries, startedAt } = await run({ delayMs: 200 }, 1, 1, watchingProxy)
  expect(figures).toMatchObject({ delivered: expected, lost: 0, duplicated: 0 })
  expect(deliveries).toHaveLength(expected)
  const since = (at: number, sequence: number): number =>
    at - (startedAt + joinMs + ((sequence - 1) * 1000) / perSecond)
  const earliest = deliveries.map(({ handedOnAt, sequence }) => since(handedOnAt, sequence)).sort(ascending)
  const latest = deliveries
    .map(({ acknowledgedAt, sequence }) => since(acknowledgedAt, sequence))
    .sort(ascending)
  for (const share of [0.01, 0.1, 0.5, 0.9, 0.99, 0.999]) {
    const rank = Math.ceil(share * expected) - 1
    const told = percentileMs(figures.delivery, share)
    const [from, to] = [earliest[rank] ?? Number.NaN, latest[rank] ?? Number.NaN]
    // Wall clocks tell whole ms, three times; a histogram is exact to 0.8 %.
    expect(told, `p${share * 100} of ${from} to ${to}`).toBeGreaterThan(from * 0.992 - 3)
    expect(told, `p${share * 100} of ${from} to ${to}`).toBeLessThan(to * 1.008 + 3)
  }
})

function ascending(one: number, other: number): number {
  return one - other
}
