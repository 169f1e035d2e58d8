import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countUpMs, shownAt, standing, towards } from './count-up.ts'

test('goes up without going back, in whole units, and ends exactly', () => {
  fc.assert(
    fc.property(fc.nat(1e12), fc.nat(1e12), fc.array(fc.nat(2 * countUpMs)), (a, b, times) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)]
      const count = towards(standing(from), to, 1000)
      const shown = times.toSorted((x, y) => x - y).map((at) => shownAt(count, 1000 + at))
      expect(shown).toEqual(shown.toSorted((x, y) => x - y))
      expect(shown.every((value) => Number.isInteger(value) && value >= from && value <= to)).toBe(true)
      expect(shownAt(count, 1000 + countUpMs)).toBe(to)
    }),
  )
})

test('turns to a newer value from what it shows', () => {
  const first = towards(standing(0), 1000, 0)
  const shown = shownAt(first, 100)
  const second = towards(first, 5000, 100)
  expect(shownAt(second, 100)).toBe(shown)
  expect(shownAt(second, 100 + countUpMs)).toBe(5000)
})
