import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InboxItem } from '../../client/index.ts'
import type { Suggestion } from '../../topics/agent-suggestions.ts'
import {
  answerable,
  choose,
  draft,
  emptyQueue,
  move,
  open,
  type Queue,
  received,
  sending,
  sent,
} from './queue.ts'

const start = Date.parse('2026-11-21T20:00:00Z')

/** An item of a conversation, due `minutes` after the start. */
function item(id: string, minutes: number, conversationId = `c-${id}`): InboxItem<Suggestion> {
  return {
    sequence: 1,
    at: new Date(start).toISOString(),
    handled: async () => {},
    value: {
      suggestionId: id,
      conversationId,
      conversation: [],
      replies: [],
      deadline: new Date(start + minutes * 60_000).toISOString(),
    },
  }
}
const dismissed = { outcome: 'dismissed' } as const
const written = { replyId: 'r', title: 'R', text: 'typed' }
const ids = (queue: Queue): string[] => open(queue).map(({ id }) => id)
const three = received(emptyQueue, [item('a', 3), item('b', 1), item('c', 2)])

describe('the queue', () => {
  it('begins with the soonest deadline, and walks without falling off', () => {
    expect(ids(three)).toEqual(['b', 'c', 'a'])
    expect(three.chosen?.id).toBe('b')
    expect(move(three, -1).chosen?.id).toBe('b')
    expect(move(move(move(three, 1), 1), 1).chosen?.id).toBe('a')
  })

  it('keeps what is chosen when something more urgent comes', () => {
    const more = received(three, [item('a', 3), item('b', 1), item('c', 2), item('d', 0.5)])
    expect(more.chosen?.id).toBe('b')
    expect(ids(more)).toEqual(['d', 'b', 'c', 'a'])
  })

  it('goes on to the next of what was seen when the chosen one is gone', () => {
    expect(received(choose(three, 'c'), [item('a', 3), item('b', 1)]).chosen?.id).toBe('a')
    expect(received(choose(three, 'a'), [item('b', 1), item('c', 2)]).chosen?.id).toBe('b')
    expect(received(three, []).chosen).toBeUndefined()
  })

  it('stays with a customer who wrote again, draft included', () => {
    const editing = draft(choose(three, 'c'), written)
    const again = received(editing, [item('a', 3), item('b', 1), item('c2', 7, 'c-c')])
    expect(again.chosen?.id).toBe('c2')
    expect(again.draft?.text).toBe('typed')
  })

  it('keeps a draft of what is gone, and does not send it', () => {
    const gone = received(draft(three, written), [item('a', 3)])
    expect(gone.chosen?.id).toBe('b')
    expect(gone.draft?.text).toBe('typed')
    expect(answerable(gone)).toBeUndefined()
    expect(sending(gone, dismissed)).toBe(gone)
    expect(draft(gone, undefined).chosen?.id).toBe('a')
  })

  it('answers once: what is on its way or answered cannot be chosen', () => {
    const away = sending(three, dismissed)
    expect(away.chosen?.id).toBe('c')
    expect(choose(away, 'b').chosen?.id).toBe('c')
    const answered = sent(away, 'b')
    expect(ids(answered)).toEqual(['c', 'a'])
    expect(received(answered, [item('a', 3), item('c', 2)]).answered.size).toBe(0)
  })

  it('brings back what was refused, with the reason', () => {
    const refused = sent(sending(three, dismissed), 'b', 'not like this')
    expect(refused.refused.get('b')).toBe('not like this')
    expect(choose(refused, 'b').chosen?.id).toBe('b')
    expect(sending(choose(refused, 'b'), dismissed).refused.size).toBe(0)
  })

  it('property: something is chosen whenever something waits, and it waits or has a draft', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('received'), ids: fc.uniqueArray(fc.integer({ min: 0, max: 6 })) }),
      fc.record({ kind: fc.constantFrom('choose', 'sent', 'refused'), id: fc.integer({ min: 0, max: 6 }) }),
      fc.record({ kind: fc.constantFrom('next', 'previous', 'send', 'edit', 'leave') }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let queue = emptyQueue
        for (const step of steps) {
          const before = queue
          queue = apply(queue, step)
          const chosen = queue.chosen?.id
          expect(chosen !== undefined || open(queue).length === 0).toBe(true)
          expect(chosen === undefined || answerable(queue) !== undefined || queue.draft !== undefined).toBe(
            true,
          )
          // An inbox that changes takes no draft away, and nobody from a conversation that still waits.
          const changed = step.kind === 'received'
          const waits = open(queue).some(({ id }) => id === before.chosen?.id)
          expect(!changed || queue.draft === before.draft).toBe(true)
          expect(!changed || !waits || chosen === before.chosen?.id).toBe(true)
        }
      }),
    )
  })
})

function apply(queue: Queue, step: { kind: string; id?: number; ids?: number[] }): Queue {
  const id = String(step.id)
  switch (step.kind) {
    case 'received':
      // Several suggestions of one conversation: its customer wrote again.
      return received(
        queue,
        (step.ids ?? []).map((at) => item(String(at), at, `c-${at % 5}`)),
      )
    case 'choose':
      return choose(queue, id)
    case 'next':
      return move(queue, 1)
    case 'previous':
      return move(queue, -1)
    case 'send':
      return sending(queue, dismissed)
    case 'edit':
      return draft(queue, written)
    case 'leave':
      return draft(queue, undefined)
    default:
      return queue.sending.has(id) ? sent(queue, id, step.kind === 'refused' ? 'no' : undefined) : queue
  }
}
