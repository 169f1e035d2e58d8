import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { anyone, claim } from './access.ts'
import { feed, inbox, state } from './define.ts'
import { readFeedMessage, readInboxMessage, readStateMessage } from './message.ts'
import { feedMessage, inboxMessage, stateMessage } from './write-message.ts'
import { comparePositions, readSequence, writeSequence } from './sequence.ts'

const total = state({ topic: 'total', payload: v.object({ cents: v.number() }), subscribe: anyone })
const gifts = feed({ topic: 'gifts', entry: v.object({ cents: v.number() }), subscribe: anyone })
const tasks = inbox({
  topic: 'agents/{agentId}/tasks',
  item: v.object({ text: v.string() }),
  subscribe: claim('agentId'),
})
const head = {
  topic: 'gifts',
  epoch: '01JD0000000000000000000000',
  sequence: 12,
  time: '2026-11-21T00:00:00.000Z',
}

describe('messages', () => {
  it('are CloudEvents with epoch and sequence', () => {
    expect(stateMessage(total, head, { cents: 5 })).toEqual({
      specversion: '1.0',
      id: '01JD0000000000000000000000-0000000000000012',
      source: '/fanfare',
      type: 'total.changed',
      time: '2026-11-21T00:00:00.000Z',
      subject: 'gifts',
      datacontenttype: 'application/json',
      version: 1,
      epoch: '01JD0000000000000000000000',
      sequence: '0000000000000012',
      data: { cents: 5 },
    })
  })

  it('of a feed are read back as they were written', () => {
    const entry = fc.oneof(
      fc.nat().map((cents) => ({ value: { cents } })),
      fc.nat().map((sequence) => ({ retracts: writeSequence(sequence) })),
    )
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 20 }),
        fc.nat(1000),
        fc.nat(1000),
        (entries, before, leftOut) => {
          const sequence = before + leftOut + entries.length
          const message = feedMessage(gifts, { ...head, sequence }, entries, before)
          expect(readFeedMessage(gifts, JSON.parse(JSON.stringify(message)))).toEqual({
            message: {
              epoch: head.epoch,
              sequence,
              time: head.time,
              first: before + leftOut + 1,
              previous: before,
              entries,
            },
          })
        },
      ),
    )
  })

  it('of a state are read back, unknown fields ignored', () => {
    const message = { ...stateMessage(total, head, { cents: 5 }), traceparent: 'x' }
    expect(readStateMessage(total, message)).toEqual({
      message: { epoch: head.epoch, sequence: 12, time: head.time, value: { cents: 5 } },
    })
  })

  it.each([
    ['null', null, 'not a JSON object'],
    ['another version', { specversion: '0.3' }, 'specversion'],
    [
      'a sequence that does not sort',
      { ...stateMessage(total, head, { cents: 5 }), sequence: '12' },
      'sequence',
    ],
    ['data of another shape', stateMessage(total, head, { cents: '5' } as never), 'cents'],
  ])('with %s come back as a problem', (_, raw, problem) => {
    expect(readStateMessage(total, raw)).toEqual({
      problem: expect.stringContaining(problem),
      code: 'unfit-message',
    })
  })

  it('of a feed whose list does not reach from first to sequence come back as a problem', () => {
    const message = feedMessage(gifts, head, [{ value: { cents: 1 } }])
    expect(readFeedMessage(gifts, { ...message, data: [] })).toEqual({
      problem: expect.stringContaining('12 to 12'),
      code: 'unfit-message',
    })
    expect(readFeedMessage(gifts, { ...message, previous: message.sequence })).toEqual({
      problem: expect.stringContaining('previous'),
      code: 'unfit-message',
    })
    expect(readFeedMessage(gifts, { ...message, data: [{ value: {} }] })).toEqual({
      problem: expect.stringContaining('entry 12'),
      code: 'unfit-message',
    })
  })
})

describe('messages of an inbox', () => {
  it('are read back as they were written, with what is unread', () => {
    const entry = fc.oneof(
      fc.string().map((text) => ({ value: { text } })),
      fc.nat().map((sequence) => ({ retracts: writeSequence(sequence) })),
      fc.nat().map((sequence) => ({ handles: writeSequence(sequence) })),
    )
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), fc.nat(1000), fc.nat(), (entries, before, unread) => {
        const sequence = before + entries.length
        const message = inboxMessage(tasks, { ...head, sequence, unread }, entries)
        expect(readInboxMessage(tasks, JSON.parse(JSON.stringify(message)))).toEqual({
          message: {
            epoch: head.epoch,
            sequence,
            time: head.time,
            first: before + 1,
            previous: before,
            entries,
            unread,
          },
        })
      }),
    )
  })

  const good = inboxMessage(tasks, { ...head, unread: 1 }, [{ value: { text: 'x' } }])
  it.each([
    ['handles that is no sequence', { ...good, data: [{ handles: '12' }] }, 'entry 12: handles is "12"'],
    ['no count of what is unread', { ...good, unread: undefined }, 'unread is absent'],
    ['less than nothing unread', { ...good, unread: -1 }, 'unread is -1'],
    ['an item of another shape', { ...good, data: [{ value: {} }] }, 'text'],
  ])('with %s come back as a problem', (_, raw, problem) => {
    expect(readInboxMessage(tasks, raw)).toEqual({
      problem: expect.stringContaining(problem),
      code: 'unfit-message',
    })
  })

  it('and handling are nothing that a feed knows', () => {
    const message = {
      ...feedMessage(gifts, head, [{ value: { cents: 1 } }]),
      data: [{ handles: head.epoch }],
    }
    expect(readFeedMessage(gifts, message)).toMatchObject({ code: 'unfit-message' })
  })
})

describe('versions of a contract', () => {
  const second = state({
    topic: 'total',
    payload: v.object({ cents: v.number(), goal: v.optional(v.number()) }),
    subscribe: anyone,
    version: 2,
  })

  it('of an older message are read when it fits', () => {
    expect(readStateMessage(second, stateMessage(total, head, { cents: 5 }))).toMatchObject({
      message: { value: { cents: 5 } },
    })
    const { version: _, ...unversioned } = stateMessage(total, head, { cents: 5 })
    expect(readStateMessage(total, unversioned)).toMatchObject({ message: { value: { cents: 5 } } })
  })

  it('of a newer message are told, though it would fit', () => {
    const newer = stateMessage(second, head, { cents: 5 })
    expect(readStateMessage(total, newer)).toEqual({
      problem: 'version is 2, and this reader knows 1: reload the page',
      code: 'newer-version',
    })
    const feedOfNow = feedMessage({ type: 'x', version: 2 }, head, [{ value: { cents: 1 } }])
    expect(readFeedMessage(gifts, feedOfNow)).toMatchObject({ code: 'newer-version' })
    const inboxOfNow = inboxMessage({ type: 'x', version: 2 }, { ...head, unread: 0 }, [])
    expect(readInboxMessage(tasks, inboxOfNow)).toMatchObject({ code: 'newer-version' })
  })

  it('are quoted in short when they are long', () => {
    const read = readStateMessage(total, {
      ...stateMessage(total, head, { cents: 5 }),
      version: 'x'.repeat(1e5),
    })
    expect(read).toEqual({
      problem: expect.stringMatching(/^version is "x{59}…, not/),
      code: 'unfit-message',
    })
  })

  it.each(['2', null, Number.NaN, 0, -1, 0.5, 1.5, { valueOf: 1 }])(
    'that are none (%j) are a fault of the message',
    (version) => {
      const message = { ...stateMessage(total, head, { cents: 5 }), version }
      expect(readStateMessage(total, message)).toEqual({
        problem: `version is ${JSON.stringify(version)}, not 1, 2, 3 …`,
        code: 'unfit-message',
      })
    },
  )
})

it('a message says its pace when it stretches', () => {
  const message = stateMessage(total, { ...head, paceMs: 4000 }, { cents: 5 })
  expect(message.pace).toBe(4000)
  expect(readStateMessage(total, message)).toMatchObject({ message: { paceMs: 4000 } })
  for (const pace of ['4000', -1, Number.POSITIVE_INFINITY, null]) {
    expect(readStateMessage(total, { ...message, pace })).not.toHaveProperty('message.paceMs')
  }
})

describe('sequences', () => {
  it('sort as text as they do as numbers', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        expect(writeSequence(a) < writeSequence(b)).toBe(a < b)
        expect(readSequence(writeSequence(a))).toBe(a)
      }),
    )
  })

  it('give way to a higher epoch', () => {
    expect(comparePositions({ epoch: 'B', sequence: 1 }, { epoch: 'A', sequence: 9 })).toBeGreaterThan(0)
    expect(comparePositions({ epoch: 'A', sequence: 1 }, { epoch: 'A', sequence: 9 })).toBeLessThan(0)
  })
})
