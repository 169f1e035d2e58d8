import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { DynamoDbError } from '../errors.ts'
import { encodeNumber } from './key-encoding.ts'
import { addNumbers, canonicalNumber, compareNumbers, numberBytes, subtractNumbers } from './number.ts'

/** A number in one of its many spellings, with its exact value as a count of 10^-60. */
const aNumber = fc
  .record({
    negative: fc.boolean(),
    // Few digits often, so that one number begins like another.
    digits: fc.oneof(fc.bigInt({ min: 0n, max: 120n }), fc.bigInt({ min: 0n, max: 10n ** 30n })),
    point: fc.integer({ min: 0, max: 30 }),
    exponent: fc.integer({ min: -25, max: 20 }),
    zeros: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ negative, digits, point, exponent, zeros }) => {
    const padded = digits.toString().padStart(point + 1, '0')
    const whole = padded.slice(0, padded.length - point)
    const fraction = padded.slice(padded.length - point) + '0'.repeat(zeros)
    const sign = negative ? '-' : ''
    const text = `${sign}${'0'.repeat(zeros)}${whole}${fraction && `.${fraction}`}e${exponent}`
    const exact = digits * 10n ** BigInt(60 - point + exponent) * (negative ? -1n : 1n)
    return { text, exact }
  })

/** A calculation's result; that it needs too many digits is one, too. */
function outcomeOf(calculate: () => string): string {
  try {
    return calculate()
  } catch (cause) {
    if (cause instanceof DynamoDbError && cause.message.includes('38 significant digits')) {
      return 'more than 38 digits'
    }
    throw cause
  }
}

const signOf = (difference: bigint | number) => (difference > 0 ? 1 : difference < 0 ? -1 : 0)

describe('numbers', () => {
  test('compare exactly, however they are spelt', () => {
    fc.assert(
      fc.property(aNumber, aNumber, (a, b) => {
        expect(signOf(compareNumbers(a.text, b.text))).toBe(signOf(a.exact - b.exact))
      }),
    )
  })

  test('have one spelling each', () => {
    fc.assert(
      fc.property(aNumber, aNumber, (a, b) => {
        const [left, right] = [canonicalNumber(a.text), canonicalNumber(b.text)]
        expect(left === right).toBe(a.exact === b.exact)
        expect(canonicalNumber(left)).toBe(left)
        expect(compareNumbers(left, a.text)).toBe(0)
      }),
    )
  })

  test('add and subtract exactly, or say that 38 digits do not hold the sum', () => {
    fc.assert(
      fc.property(aNumber, aNumber, (a, b) => {
        for (const [calculate, exact] of [
          [addNumbers, a.exact + b.exact],
          [subtractNumbers, a.exact - b.exact],
        ] as const) {
          const digits = exact.toString().replace('-', '').replace(/0+$/, '').length
          const outcome = outcomeOf(() => calculate(a.text, b.text))
          const wanted = digits > 38 ? 'more than 38 digits' : canonicalNumber(`${exact}e-60`)
          expect(outcome).toBe(wanted)
        }
      }),
    )
  })

  test('as keys sort as they compare', () => {
    fc.assert(
      fc.property(aNumber, aNumber, (a, b) => {
        const order = Buffer.compare(encodeNumber(a.text), encodeNumber(b.text))
        expect(signOf(order)).toBe(signOf(a.exact - b.exact))
      }),
    )
  })

  test.each([
    ['0', 1],
    ['5', 2],
    ['12', 2],
    ['123', 3],
    ['-1', 3],
    ['1000000', 2],
    ['0.001', 2],
  ])('%s counts %i bytes', (number, bytes) => {
    expect(numberBytes(number)).toBe(bytes)
  })
})
