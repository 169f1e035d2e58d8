import { expect, test } from 'vitest'
import { moneyFormat } from './money.ts'
import { describeStatus } from './status-line.ts'
import { summarise } from './summary.ts'
import { describeWhen } from './when.ts'

test.for([
  [0, 'just now'],
  [-5000, 'just now'],
  [59_999, 'just now'],
  [60_000, '1 minute ago'],
  [7_200_000, '2 hours ago'],
  [90_000_000, 'yesterday'],
] as const)('%i ms ago is %s', ([passed, words]) => {
  expect(describeWhen(1e12 - passed, 1e12, 'en')).toBe(words)
})

test('says how the page stands', () => {
  const say = (
    state: 'live' | 'catching-up' | 'offline',
    reason?: 'connecting' | 'recovering' | 'unreachable',
  ) => describeStatus({ state, reason, detail: undefined })
  expect(say('live')).toBe('Live')
  expect(say('catching-up', 'connecting')).toBe('Connecting')
  expect(say('catching-up', 'recovering')).toBe('Catching up')
  expect(say('offline', 'unreachable')).toBe('Offline, trying again')
})

test('sums up what came, for those who listen', () => {
  const total = (donations: number, value: number) => ({
    name: 'x',
    donations,
    total: { value, currency: 'USD' },
  })
  const money = moneyFormat('USD', 'en-US')
  expect(summarise(total(1, 100), total(13, 5000), money)).toBe('12 new gifts. $50.00 raised')
  expect(summarise(total(1, 100), total(2, 5000), money)).toBe('1 new gift. $50.00 raised')
  expect(summarise(total(2, 5000), total(1, 100), money)).toBe('$1.00 raised')
})
