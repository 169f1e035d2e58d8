import { describe, expect, test } from 'vitest'
import type { FeedItem } from './feed-log.ts'
import { FeedRows } from './feed-rows.ts'

const entry = (sequence: number): FeedItem<number> => ({ kind: 'entry', sequence, value: sequence })
const rowsOf = (list: FeedRows<number>): string =>
  list.rows.map((row) => (row.kind === 'gap' ? `${row.from}-${row.to}` : row.sequence)).join(' ')

function filled(keep: number, from: number, to: number): FeedRows<number> {
  const list = new FeedRows<number>(keep)
  for (let sequence = from; sequence <= to; sequence++) list.add(entry(sequence))
  return list
}

describe('the rows of a feed', () => {
  test('keep the newest', () => expect(rowsOf(filled(3, 1, 10))).toBe('8 9 10'))

  test('lose what is taken back, also when it is loaded later', () => {
    const list = filled(10, 5, 8)
    list.add({ kind: 'retract', sequence: 9, retracts: 6 })
    list.add({ kind: 'retract', sequence: 10, retracts: 3 })
    expect(rowsOf(list)).toBe('5 7 8')
    list.addOlder([entry(2), entry(3), entry(4)])
    expect(rowsOf(list)).toBe('2 4 5 7 8')
  })

  test('stand after a log that is begun anew', () => {
    const list = filled(10, 5, 8)
    list.add({ kind: 'gap', from: 9, to: 0, reason: 'reset' })
    list.add(entry(1))
    expect(rowsOf(list)).toBe('1')
  })

  test('tell of those that were dropped before older ones were loaded, and keep what was asked for', () => {
    const list = filled(3, 11, 20)
    expect(rowsOf(list)).toBe('18 19 20')
    list.addOlder([entry(9), entry(10)])
    expect(rowsOf(list)).toBe('9 10 11-17 18 19 20')
    list.addOlder([entry(8)])
    expect(rowsOf(list)).toBe('8 9 10 11-17 18 19 20')
  })
})
