import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sharedBreaker } from './breaker-store.ts'
import {
  askBreaker,
  type Breaker,
  breakerRules as rules,
  closedBreaker,
  paceOf,
  reportBreaker,
} from './circuit-breaker.ts'
import { memoryBreaker } from './testing.ts'

const t0 = Date.UTC(2026, 0, 1)
const half = () => 0.5

const fail = (breaker: Breaker, about: string, now = t0, probe = false) =>
  reportBreaker(breaker, { about, probe, ok: false }, now, half, rules)
const succeed = (breaker: Breaker, now = t0, probe = false) =>
  reportBreaker(breaker, { about: 'x', probe, ok: true }, now, half, rules)
const opened = () => ['a', 'b', 'c', 'd', 'e'].reduce((breaker, about) => fail(breaker, about), closedBreaker)

describe('the circuit breaker', () => {
  it('opens after five failures of different contacts, and not for one that fails for ever', () => {
    let breaker = closedBreaker
    for (let attempt = 0; attempt < 100; attempt++) breaker = fail(breaker, 'poison')
    expect(breaker.openUntil).toBe(0)
    expect(opened().openUntil).toBe(t0 + 7_500)
  })

  it('forgets failures when one goes well', () => {
    const four = ['a', 'b', 'c', 'd'].reduce((breaker, about) => fail(breaker, about), closedBreaker)
    expect(fail(succeed(four), 'e').openUntil).toBe(0)
  })

  it('lets one try when it was open, and another if that one is never heard of', () => {
    const breaker = opened()
    expect(askBreaker(breaker, t0 + 1000, rules)[1]).toEqual({ kind: 'wait', waitMs: 6_500 })
    const [trying, permit] = askBreaker(breaker, t0 + 7_500, rules)
    expect(permit).toEqual({ kind: 'go', at: t0 + 7_500, probe: true })
    expect(askBreaker(trying, t0 + 7_600, rules)[1]).toEqual({ kind: 'wait', waitMs: rules.turnMsMax })
    expect(askBreaker(trying, t0 + 7_500 + rules.probeMs, rules)[1]).toMatchObject({
      kind: 'go',
      probe: true,
    })
  })

  it('stays open longer each time the one that tries fails, up to five minutes', () => {
    let breaker = opened()
    const waits: number[] = []
    for (let turn = 0; turn < 8; turn++) {
      const now = breaker.openUntil
      const [trying] = askBreaker(breaker, now, rules)
      breaker = fail(trying, 'x', now, true)
      waits.push((breaker.openUntil - now) / 1000)
    }
    expect(waits).toEqual([15, 30, 60, 120, 225, 225, 225, 225])
  })

  it('is opened by nobody who began before it opened, and closed by none but the one that tries', () => {
    const breaker = opened()
    expect(fail(breaker, 'late')).toBe(breaker)
    expect(succeed(breaker)).toBe(breaker)
  })

  it('opens at once, and for as long, when it is asked to come back later', () => {
    const report = { about: 'a', probe: false, ok: false, retryAfterMs: 120_000 }
    expect(reportBreaker(closedBreaker, report, t0, half, rules).openUntil).toBe(t0 + 120_000)
    const forEver = { ...report, retryAfterMs: 1e12 }
    expect(reportBreaker(closedBreaker, forEver, t0, half, rules).openUntil).toBe(t0 + 900_000)
  })

  it('rises from one a second to its full pace when it closes', () => {
    const [trying] = askBreaker(opened(), t0 + 7_500, rules)
    const breaker = succeed(trying, t0 + 8_000, true)
    const paces = [0, 30, 60, 90, 120].map((seconds) => paceOf(breaker, t0 + 8_000 + seconds * 1000, rules))
    expect(paces).toEqual([1, 2, 4, 8, 10])
    // That it opened is remembered until then: one that fails again soon is left alone for longer.
    expect(succeed(breaker, t0 + 60_000)).toBe(breaker)
    expect(succeed(breaker, t0 + 200_000).openings).toBe(0)
  })

  it('whoever asks, whenever: one at a time tries, nobody asks while it is open, and turns keep the pace', () => {
    const step = fc.record({
      ms: fc.integer({ min: 0, max: 40_000 }),
      ok: fc.boolean(),
      report: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const broken: string[] = []
        const rule = (holds: boolean, name: string) => void (holds || broken.push(name))
        let breaker = closedBreaker
        let now = t0
        let trying = 0
        let last = 0
        for (const [index, { ms, ok, report }] of steps.entries()) {
          now += ms
          const [next, permit] = askBreaker(breaker, now, rules)
          if (permit.kind === 'wait') {
            rule(next === breaker && permit.waitMs > 0, 'who waits changes nothing')
            continue
          }
          const { at, probe } = permit
          rule(breaker.openUntil <= now, 'nobody asks while it is open')
          rule(!probe || now - trying >= rules.probeMs, 'one at a time tries')
          rule(probe || at - last >= 1000 / rules.perSecond, 'turns keep the pace')
          if (probe) trying = report ? 0 : now
          else last = at
          breaker = next
          if (report) breaker = reportBreaker(next, { about: String(index), probe, ok }, now, half, rules)
        }
        expect(broken).toEqual([])
      }),
    )
  })

  it('is one breaker though many instances change it at once', async () => {
    const store = memoryBreaker()
    const time = { now: () => t0, sleep: () => Promise.resolve() }
    const instances = Array.from({ length: 20 }, () => sharedBreaker({ store, time, random: half, rules }))
    const permits = await Promise.all(instances.map((breaker) => breaker.ask()))
    const turns = permits.flatMap((permit) => (permit.kind === 'go' ? [permit.at - t0] : []))
    expect(turns.toSorted((a, b) => a - b)).toEqual([...Array(20).keys()].map((turn) => turn * 100))
    expect(store.now().version).toBe(20)
  })
})
