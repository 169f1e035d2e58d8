import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { anyone } from './access.ts'
import { feed, state } from './define.ts'
import { feedMessage, readFeedMessage, readStateMessage, stateMessage } from './message.ts'
import { comparePositions, readSequence, writeSequence } from './sequence.ts'

const total = state({ topic: 'total', payload: v.object({ cents: v.number() }), subscribe: anyone })
const gifts = feed({ topic: 'gifts', entry: v.object({ cents: v.number() }), subscribe: anyone })
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
    expect(readStateMessage(total, raw)).toEqual({ problem: expect.stringContaining(problem) })
  })

  it('of a feed whose list does not reach from first to sequence come back as a problem', () => {
    const message = feedMessage(gifts, head, [{ value: { cents: 1 } }])
    expect(readFeedMessage(gifts, { ...message, data: [] })).toEqual({
      problem: expect.stringContaining('12 to 12'),
    })
    expect(readFeedMessage(gifts, { ...message, previous: message.sequence })).toEqual({
      problem: expect.stringContaining('previous'),
    })
    expect(readFeedMessage(gifts, { ...message, data: [{ value: {} }] })).toEqual({
      problem: expect.stringContaining('entry 12'),
    })
  })
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
