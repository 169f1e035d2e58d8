import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { anyone, claim, feed, inbox, signal, state } from '../contract/index.ts'
import { alternatives } from './alternatives.ts'
import { estimate } from './estimate.ts'
import { messagesPerSecond } from '../contract/message-rate.ts'
import { declaredMonth, type Month } from './month.ts'
import { quotaUse } from './quota-use.ts'
import { outboundPerSecond, trafficOf } from './traffic.ts'
import { totalUnits } from './units.ts'

const total = state({
  topic: 'shows/{showId}/total',
  payload: v.object({ sum: v.number() }),
  subscribe: anyone,
  load: { audience: 100, rate: 10, hoursPerMonth: 10 },
})
const gifts = feed({
  topic: 'shows/{showId}/gifts',
  entry: v.object({ sum: v.number() }),
  subscribe: anyone,
  load: { audience: 100, rate: 10, hoursPerMonth: 10 },
})
const tasks = inbox({
  topic: 'agents/{agentId}/tasks',
  item: v.object({ sum: v.number() }),
  subscribe: claim('agentId'),
  load: { audience: 1, topics: 20, rate: 0.001 },
})
const typing = signal({
  topic: 'rooms/{roomId}/typing',
  payload: v.object({ on: v.boolean() }),
  subscribe: anyone,
  publish: anyone,
  load: { audience: 5, rate: 2, publishers: 2, topics: 3, hoursPerMonth: 1 },
})

/** Messages of a topic whose changes come at these times, seconds: at once, then one a pace, and once more after five quiet seconds. */
function simulate(times: readonly number[], paceSeconds: number): number {
  let messages = 0
  let free = 0
  for (let index = 0; index < times.length;) {
    const at = Math.max(times[index] ?? 0, free)
    while (index < times.length && (times[index] ?? 0) <= at) index++
    messages += 1
    free = at + paceSeconds
    const next = times[index]
    if (next === undefined || next > at + 5) {
      messages += 1
      free = at + 5 + paceSeconds
    }
  }
  return messages
}

describe('messages of a topic', () => {
  it.each([
    [0.001, 1],
    [0.05, 1],
    [0.3, 1],
    [1, 1],
    [20, 1],
    [0.3, 4],
    [2, 4],
  ])('%d changes a second at a pace of %d s: as many as a simulation has, or a few more', (rate, pace) => {
    // A generator of its own, so that the run is the same each time.
    let seed = 7
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    const times: number[] = []
    for (let at = 0; times.length < 20_000;) times.push((at += -Math.log(1 - random()) / rate))
    const seconds = times.at(-1) ?? 1
    const simulated = simulate(times, pace) / seconds
    const reckoned = messagesPerSecond(rate, pace)
    expect(reckoned).toBeGreaterThan(simulated * 0.97)
    expect(reckoned).toBeLessThan(simulated * 1.45)
  })
})

describe('an estimate', () => {
  it('of what the contracts declare: every figure by hand', () => {
    const { contracts, units, connectionMinutes, dollars } = estimate(declaredMonth([total, gifts]))
    // Ten hours at the pace of one a second, to a hundred people, on one page of both topics.
    const messages = 36_000
    const visits = (100 * 10 * 60) / 30
    expect(contracts.map((one) => one.messages)).toEqual([messages, messages])
    expect(units).toEqual({
      connect: visits,
      subscribe: visits,
      publishIn: 2 * messages,
      publishOut: 2 * messages * 100 + 2 * visits,
      puback: 0,
      retainedStore: 2 * messages,
    })
    expect(connectionMinutes).toBe(100 * 10 * 60)
    expect(dollars.messages).toBeCloseTo(totalUnits(units) / 1e6)
    expect(dollars.total).toBeCloseTo(totalUnits(units) / 1e6 + (connectionMinutes / 1e6) * 0.08)
    expect(contracts.reduce((sum, one) => sum + one.dollars, 0)).toBeCloseTo(dollars.total)
  })

  it('counts PUBACKs of an inbox, and neither stores nor invocations of a signal', () => {
    const [task, type] = estimate(declaredMonth([tasks, typing])).contracts
    expect(task?.units.puback).toBeGreaterThan(0)
    expect(type?.units.retainedStore).toBe(0)
    expect(type?.messages).toBe(2 * 3600 * 3)
    expect(type?.units.publishIn).toBe(2 * 3600 * 3)
  })

  it('lets a pace that is auto give way as broadcast would, so that the quota holds', () => {
    const auto = state({ ...total, pace: 'auto', load: { audience: 100_000, rate: 10 } })
    const [traffic] = trafficOf(declaredMonth([auto]))
    // Nine tenths of 20,000 messages a second to 100,000 people.
    expect(traffic?.paceSeconds).toBeCloseTo(100 / 18)
    expect(traffic && outboundPerSecond(traffic)).toBeLessThanOrEqual(20_000)
    const beside = state({ ...total, topic: 'other/{showId}', load: { audience: 10_000, rate: 10 } })
    const [first, second] = trafficOf(declaredMonth([auto, beside]))
    expect(first?.paceSeconds).toBeCloseTo(12.5)
    expect(second?.paceSeconds).toBe(1)
  })

  it('names the quota that is reached first, and at what audience', () => {
    const month = declaredMonth([total, gifts])
    const [first] = quotaUse(month)
    expect(first).toMatchObject({ id: 'outbound', used: 200, limit: 20_000, reachedAt: 10_000 })
    const [raised] = quotaUse({ ...month, raised: { outbound: 10_000_000 } })
    expect(raised).toMatchObject({ id: 'retained' })
    const [small] = quotaUse({ ...month, region: 'eu-west-3' })
    expect(small).toMatchObject({ limit: 2000, reachedAt: 1000 })
  })

  it('says what QoS 1 and other paces would cost instead', () => {
    const base = estimate(declaredMonth([total]))
    const others = alternatives(base)
    const qos = others.find(({ what }) => what === 'QoS 1')
    // A PUBACK for each delivery, the joiners' too.
    expect(qos?.difference).toBeCloseTo((36_000 * 100 + 2000) / 1e6)
    const slow = others.find(({ what }) => what === 'a pace of 2 s')
    expect(slow?.difference).toBeCloseTo(-(18_000 * 102) / 1e6)
    expect(others.some(({ what }) => what.includes('0.5'))).toBe(false)
    for (const { dollars, difference } of others) expect(dollars - base.dollars.total).toBeCloseTo(difference)
  })

  it('refuses a Region without a sourced price, and names those that have one', () => {
    const month: Month = { ...declaredMonth([total]), region: 'eu-west-3' }
    expect(() => estimate(month)).toThrow(/"eu-west-3" has no sourced prices.*eu-west-1/)
  })
})
