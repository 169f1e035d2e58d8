import fc from 'fast-check'
import { expect, test } from 'vitest'
import { moneyFormat, parseMoney } from './money.ts'

test('writes minor units as the currency and the language have it', () => {
  expect(moneyFormat('USD', 'en-US').format(121_560_149)).toBe('$1,215,601.49')
  expect(moneyFormat('USD', 'en-US').format(5)).toBe('$0.05')
  expect(moneyFormat('EUR', 'de-DE').format(123_456)).toBe('1.234,56\u00A0€')
  expect(moneyFormat('JPY', 'en-US').format(1500)).toBe('¥1,500')
  expect(moneyFormat('KWD', 'en-US').format(1500)).toBe('KWD\u00A01.500')
  expect(moneyFormat('USD', 'en-US').formatRound(150_000_000)).toBe('$1,500,000')
  expect(moneyFormat('USD', 'en-US').formatRound(150_000_050)).toBe('$1,500,000.50')
})

test('loses no cent of any amount a total can have', () => {
  const { format } = moneyFormat('USD', 'en-US')
  fc.assert(
    fc.property(fc.maxSafeNat(), (cents) => {
      expect(
        format(cents)
          .replaceAll(/\D/g, '')
          .replace(/^0+(?=\d)/, ''),
      ).toBe(String(cents))
    }),
  )
})

test.for([
  ['25', 2, 2500],
  ['25.5', 2, 2550],
  ['25,50', 2, 2550],
  ['25.', 2, 2500],
  ['$1,250.00', 2, 125_000],
  ['1.250,00 €', 2, 125_000],
  ['1,250', 2, 125_000],
  ['1 250', 2, 125_000],
  ["1'250.75", 2, 125_075],
  ['1,234,567', 2, 123_456_700],
  ['0.01', 2, 1],
  ['1500', 0, 1500],
  ['1.250', 3, 1250],
] as const)('reads %s with %i digits', ([text, digits, minorUnits]) => {
  expect(parseMoney(text, { digits, decimalSign: '.' })).toBe(minorUnits)
})

test.for([
  '',
  'lots',
  '-5',
  '1e3',
  '2.345',
  '1.2.3',
  '1,25,0',
  '1.250.00',
  '.',
  '0x10',
  '99999999999999999',
  'NaN',
])('reads nothing from %j', (text) => {
  expect(parseMoney(text, { digits: 2, decimalSign: '.' })).toBeUndefined()
})

test('reads a single separator as the language has it, or not at all', () => {
  const german = moneyFormat('EUR', 'de-DE')
  expect(german.decimalSign).toBe(',')
  expect(parseMoney('1.250', german)).toBe(125_000)
  expect(parseMoney('2,345', german)).toBeUndefined()
  expect(parseMoney('2,34', german)).toBe(234)
})

test('reads what it wrote', () => {
  const money = moneyFormat('USD', 'en-US')
  fc.assert(
    fc.property(fc.nat(), (cents) => {
      expect(parseMoney(money.format(cents), money)).toBe(cents)
    }),
  )
})
