import fc from 'fast-check'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { seededRandom } from '../../testing/seeded-random.ts'
import {
  defineEvent,
  EventError,
  eventBytesMax,
  makeEvent,
  PayloadTooLargeError,
  readEvent,
} from './event.ts'
import { childOf, readTraceparent, traceOf } from './trace.ts'

const received = defineEvent({
  type: 'contact.received',
  source: '/fanfare/contact',
  schema: v.object({ text: v.string() }),
})
const head = { id: '01K', time: '2026-01-01T00:00:00.000Z' }

it('an event is a CloudEvent, with its trace where there is one', () => {
  const event = makeEvent(received, { text: 'hi' }, head)
  expect(event).toBe(
    '{"specversion":"1.0","id":"01K","source":"/fanfare/contact","type":"contact.received","time":"2026-01-01T00:00:00.000Z","datacontenttype":"application/json","data":{"text":"hi"}}',
  )
  const trace = traceOf(undefined, seededRandom(1))
  const traced = makeEvent(received, { text: 'hi' }, { ...head, subject: 'c1', trace })
  expect(JSON.parse(traced)).toMatchObject({ subject: 'c1', traceparent: trace.traceparent })
})

it('is read as it was made', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.string({ minLength: 1 }),
      fc.boolean(),
      (text, id, isTraced) => {
        const trace = isTraced ? traceOf(undefined, seededRandom(7)) : undefined
        const read = readEvent(received, makeEvent(received, { text }, { id, time: head.time, trace }))
        expect(read).toEqual({
          id,
          type: 'contact.received',
          source: '/fanfare/contact',
          time: head.time,
          data: { text },
          ...(trace && { trace }),
        })
      },
    ),
  )
})

it('is refused when SNS would refuse it, to the byte', () => {
  const bare =
    Buffer.byteLength(makeEvent(received, { text: '' }, head)) + 'typeStringcontact.received'.length
  const text = 'x'.repeat(eventBytesMax - bare)
  expect(makeEvent(received, { text }, head)).toContain(text)
  expect(() => makeEvent(received, { text: `${text}x` }, head)).toThrow(
    'the event contact.received has 262145 bytes with its attributes; SNS takes 262144: put the data into a table or into S3 and let the event name it',
  )
  expect(() => makeEvent(received, { text: `${text}ü` }, head)).toThrow(PayloadTooLargeError)
})

it.each([
  ['{', 'is not JSON'],
  ['[]', 'and not a CloudEvent'],
  ['{"specversion":"0.3"}', 'specversion is "0.3"'],
  ['{"specversion":"1.0","type":"contact.received","source":"s"}', 'id is absent'],
  [
    '{"specversion":"1.0","id":"1","type":"contact.gone","source":"s"}',
    'of type "contact.gone", and not contact.received',
  ],
  [
    '{"specversion":"1.0","id":"1","type":"contact.received","source":"s","data":{"text":1}}',
    'does not fit contact.received: text:',
  ],
])('%s is no event', (body, problem) => {
  expect(() => readEvent(received, body)).toThrow(EventError)
  expect(() => readEvent(received, body)).toThrow(problem)
})

it('whatever comes is an event or an EventError', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.object().map((value) => JSON.stringify(value)),
      ),
      (body) => {
        expect(problemOf(body)).toSatisfy((problem) => problem === undefined || problem instanceof EventError)
      },
    ),
  )
})

it('a definition that nobody could look up is refused', () => {
  const schema = v.unknown()
  expect(() => defineEvent({ type: 'Contact', source: '/fanfare/contact', schema })).toThrow(
    'contact.received',
  )
  expect(() => defineEvent({ type: 'contact.received', source: 'contact', schema })).toThrow(
    '/fanfare/contact',
  )
})

it.each([
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '4bf92f3577b34da6a3ce929d0e0e4736'],
  [
    'cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future',
    '4bf92f3577b34da6a3ce929d0e0e4736',
  ],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', undefined],
  ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', undefined],
  ['00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', undefined],
  ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', undefined],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', undefined],
  ['', undefined],
  [undefined, undefined],
])('traceparent %s has the trace ID %s', (text, traceId) => {
  expect(readTraceparent(text)?.traceId).toBe(traceId)
})

it('a new trace, and each step of it, is one that others can read; even when chance gives nothing', () => {
  for (const random of [seededRandom(3), () => 0, () => 0.999_999_999_9]) {
    const trace = traceOf('nonsense', random)
    expect(readTraceparent(trace.traceparent)).toEqual(trace)
    const child = childOf(trace, random)
    expect(readTraceparent(child.traceparent)).toEqual(child)
    expect(child.traceId).toBe(trace.traceId)
  }
})

function problemOf(body: string): unknown {
  try {
    readEvent(received, body)
    return undefined
  } catch (error) {
    return error
  }
}
