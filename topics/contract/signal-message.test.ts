import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { anyone, signedIn } from './access.ts'
import { signal } from './define.ts'
import {
  readReplyMessage,
  readSignalMessage,
  replyMessage,
  replyTopicOf,
  signalMessage,
} from './signal-message.ts'

const typing = signal({
  topic: 'rooms/{roomId}/typing',
  payload: v.object({ name: v.string() }),
  subscribe: anyone,
  publish: signedIn,
})
const ask = signal({
  topic: 'desks/{deskId}/ask',
  payload: v.object({ question: v.string() }),
  reply: v.object({ answer: v.string() }),
  subscribe: signedIn,
  publish: signedIn,
})
const head = { id: 'Xk2', topic: 'rooms/7/typing', time: '2026-11-21T00:00:00.000Z' }
const replyHead = { ...head, topic: replyTopicOf('p1-0') }
const overTheWire = (message: unknown): unknown => JSON.parse(JSON.stringify(message))

describe('a signal', () => {
  it('is a CloudEvent without epoch and sequence, read back as it was written', () => {
    const message = signalMessage(typing, head, { name: 'Ann' })
    expect(message).toEqual({
      specversion: '1.0',
      id: 'Xk2',
      source: '/fanfare',
      type: 'rooms.typing.signalled',
      time: head.time,
      subject: 'rooms/7/typing',
      datacontenttype: 'application/json',
      version: 1,
      data: { name: 'Ann' },
    })
    expect(readSignalMessage(typing, overTheWire(message))).toEqual({
      message: { id: 'Xk2', time: head.time, value: { name: 'Ann' } },
    })
  })

  it.each([
    ['text', 'hello', 'not a JSON object', 'unfit-message'],
    ['no id', { ...signalMessage(typing, head, { name: 'Ann' }), id: 7 }, 'id', 'unfit-message'],
    ['another shape', signalMessage(typing, head, { name: 7 } as never), 'name', 'unfit-message'],
    [
      'a newer version',
      { ...signalMessage(typing, head, { name: 'Ann' }), version: 2 },
      'reload',
      'newer-version',
    ],
  ])('of %s comes back as a problem', (_, raw, problem, code) => {
    expect(readSignalMessage(typing, raw)).toEqual({ problem: expect.stringContaining(problem), code })
  })
})

describe('an answer to a request', () => {
  it('carries the reply, or why there is none', () => {
    const reply = replyMessage(ask, replyHead, { reply: { answer: '42' } })
    expect(reply).toMatchObject({ subject: 'replies/p1-0', type: 'desks.ask.signalled.replied' })
    expect(readReplyMessage(ask, overTheWire(reply))).toEqual({ message: { reply: { answer: '42' } } })
    const error = { code: 'desk-closed', message: 'nobody is at this desk' }
    expect(readReplyMessage(ask, overTheWire(replyMessage(ask, replyHead, { error })))).toEqual({
      message: { error },
    })
  })

  it('that does not fit comes back as a problem', () => {
    const reply = replyMessage(ask, replyHead, { reply: { answer: '42' } })
    expect(readReplyMessage(ask, { ...reply, data: {} })).toMatchObject({ code: 'unfit-message' })
    expect(readReplyMessage(ask, { ...reply, error: null })).toMatchObject({ code: 'unfit-message' })
    expect(readReplyMessage(typing, reply)).toEqual({
      problem: 'rooms/{roomId}/typing has no reply',
      code: 'unfit-message',
    })
  })
})
