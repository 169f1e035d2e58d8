import { expect, test } from 'vitest'
import { arrivalOffsets } from './arrivals.ts'

const even = (fromPerSecond: number, toPerSecond: number, durationMs: number): number[] => [
  ...arrivalOffsets({ fromPerSecond, toPerSecond, spacing: 'even' }, durationMs, 1, 'a'),
]

test('an even rate is evenly spaced', () => {
  expect(even(4, 4, 1000)).toEqual([0, 250, 500, 750])
})

test('a ramp brings as many as its rate adds up to, ever closer', () => {
  const offsets = even(0, 100, 10_000)
  expect(offsets).toHaveLength(500)
  expect(offsets.filter((offset) => offset < 5000)).toHaveLength(125)
  expect(offsets.at(-1)).toBeLessThan(10_000)
})

test('a ramp down ends when its rate does', () => {
  const offsets = even(100, 0, 10_000)
  expect(offsets).toHaveLength(500)
  expect(offsets.every((offset) => offset >= 0 && offset < 10_000)).toBe(true)
})

test('chance has its rate, and the same seed the same times', () => {
  const poisson = (seed: number): number[] => [
    ...arrivalOffsets({ fromPerSecond: 100, toPerSecond: 100, spacing: 'poisson' }, 100_000, seed, 'a'),
  ]
  expect(poisson(1)).toEqual(poisson(1))
  expect(poisson(1)).not.toEqual(poisson(2))
  expect(Math.abs(poisson(3).length - 10_000)).toBeLessThan(400)
})

test('given times are kept, within the phase', () => {
  expect([...arrivalOffsets({ offsetsMs: [-1, 0, 7, 1000] }, 1000, 1, 'a')]).toEqual([0, 7])
})
