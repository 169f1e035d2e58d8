import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { anyone } from './access.ts'
import type { RecordedContract, TopicContract } from './contract.ts'
import { feed, signal, state } from './define.ts'
import { createPacer, paceSecondsMax, plannedShare } from './pace.ts'

const payload = v.string()
const auto = (topic: string, load: Partial<TopicContract['load']>, paceSeconds = 1): RecordedContract =>
  state({ topic, payload, subscribe: anyone, pace: 'auto', paceSeconds, load })

describe('the pace in effect', () => {
  const total = auto('c/{id}/total', { audience: 1000, rate: 5 })
  const gifts = feed({
    topic: 'c/{id}/gifts',
    entry: payload,
    subscribe: anyone,
    pace: 'auto',
    load: { audience: 1000, rate: 50 },
  })

  it("is the contract's own while there is room", () => {
    const pace = createPacer([total, gifts], 20_000)
    expect(pace(total, undefined)).toBe(1)
    expect(pace(total, 9000)).toBe(1)
    expect(pace(total, 0)).toBe(1)
  })

  it('stretches with the watchers: 100,000 of two topics are sent a message every eleven seconds', () => {
    const pace = createPacer([total, gifts], 20_000)
    // 20,000 × 0.9, half for each of two topics: 9,000 a second.
    expect(pace(total, 100_000)).toBeCloseTo(11.1, 1)
    expect(pace(gifts, 100_000)).toBeCloseTo(11.1, 1)
  })

  it('goes by the declared audience when nobody counted', () => {
    const crowd = auto('crowd', { audience: 36_000, rate: 1 })
    expect(createPacer([crowd], 20_000)(crowd, undefined)).toBe(2)
  })

  it.each([Number.NaN, -1, Number.NEGATIVE_INFINITY])('goes by it as well when %d watch', (watchers) => {
    const crowd = auto('crowd', { audience: 36_000, rate: 1 })
    expect(createPacer([crowd], 20_000)(crowd, watchers)).toBe(2)
  })

  it.each([Number.POSITIVE_INFINITY, Number.MAX_VALUE])(
    'is the longest there is when %d watch',
    (watchers) => {
      expect(createPacer([total, gifts], 20_000)(total, watchers)).toBe(paceSecondsMax)
    },
  )

  it('is a time whatever is declared', () => {
    const loads = [0, Number.MIN_VALUE, 1, 1e12]
    for (const audience of loads) {
      for (const rate of loads) {
        for (const topics of loads) {
          const odd = auto('odd', { audience, rate, topics })
          const seconds = createPacer([odd, total], 20_000)(odd, undefined)
          expect(seconds).toBeGreaterThanOrEqual(1)
          expect(seconds).toBeLessThanOrEqual(paceSecondsMax)
        }
      }
    }
  })

  it('is never stretched for a contract whose pace is fixed', () => {
    const fixed = state({ topic: 'fixed', payload, subscribe: anyone, load: { audience: 1e6 } })
    expect(createPacer([fixed], 20_000)(fixed, 1e6)).toBe(1)
    // What it takes is not there for the others.
    expect(createPacer([fixed, total], 20_000)(total, 10)).toBe(paceSecondsMax)
    expect(createPacer([fixed, total], 20_000)(total, 0)).toBe(1)
  })

  it('keeps the account within its quota, whatever the contracts declare and however many watch', () => {
    const load = fc.record({
      audience: fc.integer({ min: 1, max: 100_000 }),
      rate: fc.double({ min: 0.001, max: 100, noNaN: true }),
      topics: fc.integer({ min: 1, max: 20 }),
    })
    const contract = fc.tuple(
      fc.constantFrom('auto', 'fixed', 'signal'),
      load,
      fc.integer({ min: 1, max: 60 }),
    )
    fc.assert(
      fc.property(
        fc.array(contract, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 2000, max: 100_000 }),
        fc.array(fc.integer({ min: 0, max: 500_000 }), { minLength: 6, maxLength: 6 }),
        (given, quota, watchers) => {
          const contracts = given.map(([kind, declared, paceSeconds], index): TopicContract => {
            const topic = `t${index}`
            if (kind === 'signal')
              return signal({ topic, payload, subscribe: anyone, publish: anyone, load: declared })
            return kind === 'auto'
              ? auto(topic, declared, paceSeconds)
              : state({ topic, payload, subscribe: anyone, paceSeconds, load: declared })
          })
          const pace = createPacer(contracts, quota)
          let sent = 0
          let fixed = 0
          let longest = 0
          for (const [index, one] of contracts.entries()) {
            const { audience, topics, rate } = one.load
            const paceSeconds = one.kind === 'signal' ? undefined : pace(one, watchers[index])
            if (paceSeconds === undefined) fixed += audience * topics * rate
            else if (one.kind !== 'signal' && one.pace === 'fixed') fixed += (audience * topics) / paceSeconds
            else {
              // Every topic of the contract is watched by as many, and always has something to say.
              sent += (topics * (watchers[index] ?? 0)) / paceSeconds
              longest = Math.max(longest, paceSeconds)
            }
          }
          // Beyond the longest pace, or without any room, no pace can help: `fanfare check` says so before.
          if (longest >= paceSecondsMax || fixed >= quota * plannedShare) return true
          return sent <= quota * plannedShare * (1 + 1e-9)
        },
      ),
      { numRuns: 500 },
    )
  })
})
