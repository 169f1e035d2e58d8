import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketsOf, emptyHistogram, Histogram, mergeHistograms, percentileMs } from './histogram.ts'

const durations = fc.array(fc.double({ min: 0, max: 4_000_000, noNaN: true }), {
  minLength: 1,
  maxLength: 200,
})

function of(values: readonly number[]): ReturnType<Histogram['encode']> {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram.encode()
}

test('a percentile is within 0.8 % of the value at its rank', () => {
  fc.assert(
    fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
      const sorted = values.toSorted((one, other) => one - other)
      const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0
      const off = Math.abs(percentileMs(of(values), share) - exact)
      expect(off).toBeLessThanOrEqual(Math.max(0.001, exact * 0.008))
    }),
  )
})

test('histograms add up, whoever took them, and survive JSON', () => {
  fc.assert(
    fc.property(durations, durations, (one, other) => {
      const parts = JSON.parse(JSON.stringify([of(one), of(other)])) as ReturnType<typeof of>[]
      const all = of([...one, ...other])
      const merged = mergeHistograms(parts)
      expect(merged.buckets).toEqual(all.buckets)
      expect([merged.count, merged.minMs, merged.maxMs]).toEqual([all.count, all.minMs, all.maxMs])
      expect(merged.meanMs).toBeCloseTo(all.meanMs, 3)
    }),
  )
})

test('buckets follow one another, and hold what they say', () => {
  fc.assert(
    fc.property(durations, (values) => {
      const buckets = bucketsOf(of(values))
      for (const { fromMs, toMs, count } of buckets) {
        const inside = values.filter((value) => {
          const us = Math.round(value * 1000) / 1000
          return us >= fromMs && us < toMs
        })
        expect(inside).toHaveLength(count)
      }
    }),
  )
})

test('of nothing there is no percentile', () => {
  expect(percentileMs(emptyHistogram, 0.5)).toBeNaN()
  expect(new Histogram().encode()).toEqual(emptyHistogram)
})
