import { describe, expect, test } from 'vitest'
import { writeSequence } from '../../topics/index.ts'
import type { LogPage } from '../../topics/contract/log-page.ts'
import { createFeedLog, type FeedItem, type FeedLog } from './feed-log.ts'

type ReadPage = Pick<LogPage<Entry | undefined>, 'epoch' | 'events' | 'head' | 'floor'>

type Entry = { value: string } | { retracts: string }

function aLog(
  options: { last?: number; overflow?: 'gap' | 'recover'; waitingMax?: number } = {},
): FeedLog<string> {
  return createFeedLog({ last: 0, overflow: 'gap', waitingMax: 1000, ...options })
}

const value = (sequence: number): Entry => ({ value: `v${sequence}` })

function message(first: number, sequence: number, more: { epoch?: string; previous?: number } = {}) {
  return {
    epoch: 'a',
    time: '',
    previous: first - 1,
    ...more,
    first,
    sequence,
    entries: Array.from({ length: sequence - first + 1 }, (_, index) => value(first + index)),
  }
}

function page(first: number, last: number, more: Partial<ReadPage> = {}): ReadPage {
  const events = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => ({
    sequence: first + index,
    entry: value(first + index),
  }))
  return { epoch: 'a', events, head: last, floor: 0, ...more }
}

/** `1 2 gap 3-4 overflow 5` */
const written = (items: readonly FeedItem<string>[]): string =>
  items
    .map((item) => {
      if (item.kind === 'gap') return `gap ${item.from}-${item.to} ${item.reason}`
      return item.kind === 'entry' ? String(item.sequence) : `${item.sequence} retracts ${item.retracts}`
    })
    .join(' ')

function readHole(log: FeedLog<string>, answer: ReadPage): string {
  if (!log.hole) throw new Error('nothing is missing')
  return written(log.acceptPage(log.hole, answer, (entry) => entry))
}

test('a gap that is due is told, however little may wait', () => {
  const log = aLog({ waitingMax: 1 })
  log.acceptMissing()
  // The gap before 5 takes the only place there is.
  expect(written(log.acceptMessage({ ...message(5, 10), previous: 3 }))).toBe('')
  expect(readHole(log, page(2, 3, { head: 10, floor: 1 }))).toBe('gap 1-1 expired 2 3 gap 4-4 overflow 5')
})

describe('joining', () => {
  test('begins after the head when nothing before it is wanted', () => {
    const log = aLog()
    expect(written(log.acceptMessage(message(5, 9)))).toBe('')
    expect(written(log.acceptMessage(message(10, 11)))).toBe('10 11')
  })

  test('takes the wanted entries from the head', () => {
    expect(written(aLog({ last: 3 }).acceptMessage(message(5, 9)))).toBe('7 8 9')
  })

  test('reads what the head does not hold, though it was once left out', () => {
    const log = aLog({ last: 8 })
    expect(written(log.acceptMessage(message(10, 12, { previous: 4 })))).toBe('')
    expect(log.hole).toEqual({ epoch: 'a', after: 4, to: 9, joining: true })
    expect(readHole(log, page(5, 9))).toBe('5 6 7 8 9 10 11 12')
  })

  test('says so when the log does not reach back', () => {
    const log = aLog({ last: 8 })
    log.acceptMessage(message(10, 12))
    expect(readHole(log, page(8, 9, { floor: 7 }))).toBe('gap 5-7 expired 8 9 10 11 12')
  })

  test('wants no more than there is', () => {
    expect(written(aLog({ last: 20 }).acceptMessage(message(1, 2)))).toBe('1 2')
    expect(aLog({ last: 20 }).acceptMessage(message(1, 0))).toEqual([])
  })

  test('to a log that does not exist yet misses nothing of it', () => {
    const log = aLog()
    log.acceptMissing()
    expect(log.hole).toBeUndefined()
    expect(written(log.acceptMessage(message(3, 4)))).toBe('')
    expect(readHole(log, page(1, 2))).toBe('1 2 3 4')
  })
})

describe('going on', () => {
  const joined = (options: Parameters<typeof aLog>[0] = {}): FeedLog<string> => {
    const log = aLog(options)
    log.acceptMessage(message(1, 4))
    return log
  }

  test('drops what it has', () => {
    const log = joined()
    expect(written(log.acceptMessage(message(3, 6)))).toBe('5 6')
    expect(written(log.acceptMessage(message(3, 6)))).toBe('')
  })

  test('waits for what is missing, wherever it comes from', () => {
    const log = joined()
    expect(written(log.acceptMessage(message(7, 8)))).toBe('')
    expect(log.hole).toEqual({ epoch: 'a', after: 4, to: 6, joining: false })
    expect(written(log.acceptMessage(message(5, 6)))).toBe('5 6 7 8')
    expect(log.hole).toBeUndefined()
  })

  test('reports what the sender left out, exactly', () => {
    expect(written(joined().acceptMessage(message(9, 10, { previous: 4 })))).toBe('gap 5-8 overflow 9 10')
  })

  test('reads what was missed before it was left out', () => {
    const log = joined()
    expect(written(log.acceptMessage(message(20, 21, { previous: 10 })))).toBe('')
    expect(log.hole).toMatchObject({ after: 4, to: 10 })
    expect(readHole(log, page(5, 10))).toBe('5 6 7 8 9 10 gap 11-19 overflow 20 21')
  })

  test('reads what was left out, where the contract says so', () => {
    const log = joined({ overflow: 'recover' })
    expect(written(log.acceptMessage(message(9, 10, { previous: 4 })))).toBe('')
    expect(readHole(log, page(5, 8))).toBe('5 6 7 8 9 10')
  })

  test('reads in pages', () => {
    const log = joined()
    log.acceptMessage(message(10, 10))
    expect(readHole(log, page(5, 6))).toBe('5 6')
    expect(log.hole).toMatchObject({ after: 6, to: 9 })
  })

  test('reports what expired, and goes on with what did not', () => {
    const log = joined()
    log.acceptMessage(message(10, 10))
    expect(readHole(log, page(8, 9, { floor: 7, head: 10 }))).toBe('gap 5-7 expired 8 9 10')
    const all = joined()
    all.acceptMessage(message(10, 10))
    expect(readHole(all, page(1, 0, { floor: 10, head: 10 }))).toBe('gap 5-9 expired 10')
  })

  test('does not count a page of nothing as an answer', () => {
    const log = joined()
    log.acceptMessage(message(10, 10))
    expect(readHole(log, page(1, 0, { head: 4 }))).toBe('')
    expect(log.hole).toMatchObject({ after: 4 })
  })

  test('makes a gap of an entry that does not fit, when the log has it no better', () => {
    const log = joined()
    expect(written(log.acceptUnreadable('a', 6))).toBe('')
    const answer = { ...page(5, 6), events: [{ sequence: 5, entry: undefined }, ...page(6, 6).events] }
    expect(readHole(log, answer)).toBe('gap 5-5 invalid 6')
  })

  test('hands on retractions', () => {
    const log = joined()
    const retraction = { ...message(5, 5), entries: [{ retracts: writeSequence(2) }] }
    expect(written(log.acceptMessage(retraction))).toBe('5 retracts 2')
  })

  test('keeps only so many that wait, and reads the rest again', () => {
    const log = joined({ waitingMax: 2 })
    log.acceptMessage(message(6, 9))
    expect(written(log.acceptMessage(message(5, 5)))).toBe('5 6 7')
    expect(log.hole).toMatchObject({ after: 7, to: 9 })
    expect(readHole(log, page(8, 9))).toBe('8 9')
  })
})

describe('a log begun anew', () => {
  test('is reported, and goes on with the new one', () => {
    const log = aLog()
    log.acceptMessage(message(1, 4))
    expect(written(log.acceptMessage(message(1, 2, { epoch: 'b' })))).toBe('gap 5-0 reset 1 2')
    expect(log.acceptMessage(message(5, 6))).toEqual([])
  })

  test('is found by a read too', () => {
    const log = aLog({ last: 2 })
    log.acceptMessage(message(1, 4))
    log.acceptMessage(message(9, 9))
    expect(readHole(log, { epoch: 'b', events: [], head: 30, floor: 0 })).toBe('gap 5-28 reset')
    expect(log.hole).toEqual({ epoch: 'b', after: 28, to: 30, joining: true })
    expect(readHole(log, page(29, 30, { epoch: 'b' }))).toBe('29 30')
  })
})
