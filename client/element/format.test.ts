import { expect, test } from 'vitest'
import { fieldOf, formatField } from './format.ts'

const data = {
  total: { value: 123_456, currency: 'GBP' },
  yen: { value: 500, currency: 'JPY' },
  at: '2026-11-21T09:30:00Z',
  part: 0.5,
  name: '<b>',
  list: [{ x: 1 }],
}
const base = { currency: undefined, locale: 'en-GB' }

test.each([
  ['total.value', 'currency', '£1,234.56'],
  ['yen.value', 'currency', '¥500'],
  ['total.value', 'number', '123,456'],
  ['part', 'percent', '50%'],
  ['name', 'text', '<b>'],
  ['at', 'date', '21 Nov 2026'],
  ['list', 'text', '[{"x":1}]'],
  ['list.0.x', 'text', '1'],
  ['nothing.there', 'currency', ''],
  ['constructor.name', 'text', ''],
  ['name', 'currency', '<b>'],
] as const)('%s as %s is %s', (path, format, text) => {
  const written = formatField(data, { ...base, path, format })
  expect(written.replace('JP¥', '¥')).toBe(text)
})

test('a whole amount has no zeros, and a currency may be said', () => {
  expect(formatField({ cents: 500 }, { ...base, path: 'cents', format: 'currency', currency: 'EUR' })).toBe(
    '€5',
  )
})

test('without a path the field is everything', () => expect(fieldOf(data, '')).toBe(data))

test.each([
  ['total.value', 'currency', { currency: 'pounds' }, '123456'],
  ['total.value', 'currency', { locale: 'en_GB' }, '123456'],
  ['total.value', 'number', { locale: '' }, '123456'],
  ['at', 'date', { locale: 'no such locale' }, '2026-11-21T09:30:00Z'],
  ['name', 'absurd', {}, '<b>'],
  ['bad.value', 'currency', {}, '5'],
  ['deep', 'text', {}, '…'],
  ['__proto__.polluted', 'text', {}, ''],
])('%s as %s with %j is written plainly: %s', (path, format, more, text) => {
  const deep: unknown = JSON.parse('['.repeat(30_000) + ']'.repeat(30_000))
  const hostile = { ...data, bad: { value: 5, currency: 'a message chose this' }, deep }
  const options = { ...base, path, format: format as 'text', ...more }
  expect(formatField(hostile, options)).toBe(text)
})
