import fc from 'fast-check'
import { expect, it } from 'vitest'
import { OwedTimes } from './owed-times.ts'

it('counts whose time holds a moment, as looking at each does', () => {
  const time = fc.integer({ min: 0, max: 20 })
  fc.assert(
    fc.property(fc.array(fc.tuple(time, fc.oneof(time, fc.constant(Infinity)))), time, (intervals, ms) => {
      const owed = new OwedTimes()
      for (const [from, to] of intervals) owed.add(from, to)
      expect(owed.countAt(ms)).toBe(intervals.filter(([from, to]) => from <= ms && ms < to).length)
    }),
  )
})

it('answers for every message of a long run that nobody got, after many joiners and leavers', () => {
  const owed = new OwedTimes()
  for (let at = 0; at < 100_000; at += 1) owed.add(at, at + 1000)
  const began = performance.now()
  for (let at = 0; at < 100_000; at += 1) owed.countAt(at)
  // Looking at each interval for each message takes half a minute.
  expect(performance.now() - began).toBeLessThan(3000)
})
