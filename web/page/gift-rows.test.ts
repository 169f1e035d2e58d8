import { expect, test } from 'vitest'
import type { FeedItem } from '../../client/index.ts'
import type { CampaignDonation } from '../../topics/campaign-donations.ts'
import { addItems, describeGap, type Row, rowsMax } from './gift-rows.ts'

const gift = (sequence: number): FeedItem<CampaignDonation> => ({
  kind: 'entry',
  sequence,
  value: { donationId: `d${sequence}`, amount: { value: 100, currency: 'USD' }, at: '' },
})
const gap = (from: number, to: number, reason: 'overflow' | 'expired' | 'reset' = 'overflow') =>
  ({ kind: 'gap', from, to, reason }) as const

const written = (rows: readonly Row[]): string =>
  rows.map((row) => (row.kind === 'gift' ? row.key : `${row.count} ${row.reason}`)).join(', ')

test('stands with the newest first, gaps in their place', () => {
  const rows = addItems([], [gift(1), gap(2, 9), gift(10)])
  expect(written(rows)).toBe('d10, 8 overflow, d1')
  expect(written(addItems(rows, [gift(11)]))).toBe('d11, d10, 8 overflow, d1')
})

test('joins gaps that follow each other', () => {
  const rows = addItems([], [gap(1, 4)])
  expect(written(addItems(rows, [gap(5, 5), gap(6, 7, 'expired')]))).toBe('2 expired, 5 overflow')
})

test('takes back what was retracted', () => {
  const rows = addItems([], [gift(1), gift(2), { kind: 'retract', sequence: 3, retracts: 1 }])
  expect(written(rows)).toBe('d2')
})

test('begins anew with its log', () => {
  expect(written(addItems([], [gift(1), gap(2, 0, 'reset'), gift(1)]))).toBe('d1, 0 reset')
})

test('keeps the newest rows, however many come', () => {
  const rows = addItems(
    [],
    Array.from({ length: 5000 }, (_, index) => gift(index + 1)),
  )
  expect(rows).toHaveLength(rowsMax)
  expect([rows[0]?.key, rows.at(-1)?.key]).toEqual(['d5000', `d${5001 - rowsMax}`])
})

test('says honestly what is not there', () => {
  const count = (n: number): string => n.toLocaleString('en-GB')
  expect(describeGap(1234, 'overflow', count)).toBe('1,234 gifts went by too quickly to list')
  expect(describeGap(1, 'expired', count)).toBe('1 gift from earlier is no longer listed')
  expect(describeGap(2, 'invalid', count)).toBe('2 gifts could not be shown')
})
