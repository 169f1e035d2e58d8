import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Session } from '../session.ts'
import { loss } from './loss.ts'
import { type ConnectionEvent, type ConnectionState, type Effect, initialState, transition } from './state.ts'

const session: Session = {
  endpoint: 'wss://example.org/mqtt',
  authorizer: 'a',
  tokenKey: 'token',
  token: 't',
  signature: 's',
  clientIds: ['v-0', 'v-1'],
  principal: 'v',
  expiresAt: 0,
}
const cut = loss('connection-lost', 'cut')
const lost = (link: number): ConnectionEvent => ({ type: 'lost', link, loss: cut })
const timer = (name: 'retry' | 'stable' | 'renew'): ConnectionEvent => ({ type: 'timer', timer: name })
const start: ConnectionEvent = { type: 'start' }
const opens = (link: number): ConnectionEvent[] => [
  { type: 'session', link, session },
  { type: 'opened', link },
]

function run(...events: readonly ConnectionEvent[]): {
  states: string[]
  state: ConnectionState
  effects: Effect[]
} {
  let state = initialState
  const states = [describeState(state)]
  let effects: Effect[] = []
  for (const event of events) {
    const before = state
    ;[state, effects] = transition(state, event)
    if (state !== before) states.push(describeState(state))
  }
  return { states, state, effects }
}

function describeState(state: ConnectionState): string {
  switch (state.status) {
    case 'waiting':
      return `waiting after ${state.failures}`
    case 'connecting':
      return `connecting ${state.dial.link} on ${state.dial.slot}, ${state.dial.stage}`
    case 'connected':
      return `connected ${state.link} on ${state.slot}${state.successor ? `, then ${state.successor.link} on ${state.successor.slot}, ${state.successor.stage}` : ''}`
    case 'closed':
      return 'closed'
  }
}

describe('a connection', () => {
  test('asks for a session, opens, subscribes', () => {
    const { states, effects } = run(start, ...opens(1))
    expect(states).toEqual([
      'waiting after 0',
      'connecting 1 on 0, session',
      'connecting 1 on 0, opening',
      'connected 1 on 0',
    ])
    expect(effects).toEqual([
      { do: 'start-timer', timer: 'stable' },
      { do: 'start-timer', timer: 'renew', link: 1, failures: 0 },
      { do: 'subscribe', link: 1 },
    ])
  })

  test('backs off further with each failure, and takes the other client ID each time', () => {
    const { states, effects } = run(start, lost(1), timer('retry'), lost(2), timer('retry'), lost(3))
    expect(states).toEqual([
      'waiting after 0',
      'connecting 1 on 0, session',
      'waiting after 1',
      'connecting 2 on 1, session',
      'waiting after 2',
      'connecting 3 on 0, session',
      'waiting after 3',
    ])
    expect(effects).toContainEqual({ do: 'start-timer', timer: 'retry', failures: 2 })
  })

  test('forgets failures only once it was stable', () => {
    const flapping = run(start, lost(1), timer('retry'), ...opens(2), lost(2))
    expect(flapping.effects).toContainEqual({ do: 'start-timer', timer: 'retry', failures: 1 })
    const stable = run(start, lost(1), timer('retry'), ...opens(2), timer('stable'), lost(2))
    expect(stable.effects).toContainEqual({ do: 'start-timer', timer: 'retry', failures: 0 })
  })

  test('ignores what a link says that was given up', () => {
    const { states } = run(start, lost(1), { type: 'session', link: 1, session }, lost(1), {
      type: 'opened',
      link: 1,
    })
    expect(states).toEqual(['waiting after 0', 'connecting 1 on 0, session', 'waiting after 1'])
  })

  test('tries soon when the page wakes, and doubts an open link', () => {
    expect(run(start, lost(1), { type: 'wake' }).effects).toEqual([
      { do: 'start-timer', timer: 'retry', failures: 0 },
    ])
    expect(run({ type: 'wake' }).effects).toEqual([])
    expect(run(start, ...opens(1), { type: 'doubt' }).effects).toEqual([{ do: 'check', link: 1 }])
  })

  test('ends everything when closed, for good', () => {
    const { states, effects } = run(start, ...opens(1), timer('renew'), { type: 'close' })
    expect(states.at(-1)).toBe('closed')
    expect(effects).toContainEqual({ do: 'end-all' })
    expect(run(start, { type: 'close' }, start, timer('retry')).states.at(-1)).toBe('closed')
  })
})

describe('a successor', () => {
  const renewing = [start, ...opens(1), timer('renew')]

  test('has a fresh session and the other client ID, and follows once it is subscribed', () => {
    expect(run(...renewing).effects).toEqual([{ do: 'ask-session', link: 2, fresh: true }])
    const { states, effects } = run(...renewing, ...opens(2), { type: 'subscribed', link: 2 })
    expect(states.slice(3)).toEqual([
      'connected 1 on 0',
      'connected 1 on 0, then 2 on 1, session',
      'connected 1 on 0, then 2 on 1, opening',
      'connected 1 on 0, then 2 on 1, subscribing',
      'connected 2 on 1',
    ])
    expect(effects).toEqual([
      { do: 'end', link: 1, afterOverlap: true },
      { do: 'start-timer', timer: 'renew', link: 2, failures: 0 },
    ])
  })

  test('that fails leaves the connection alone, and keeps off its client ID', () => {
    const { states, effects } = run(...renewing, lost(2), timer('renew'))
    expect(states.slice(-2)).toEqual(['connected 1 on 0', 'connected 1 on 0, then 3 on 1, session'])
    expect(effects).toEqual([{ do: 'ask-session', link: 3, fresh: true }])
    expect(run(...renewing, lost(2)).effects).toContainEqual({
      do: 'start-timer',
      timer: 'renew',
      link: 1,
      failures: 1,
    })
  })

  test('becomes the attempt when the connection is lost meanwhile', () => {
    expect(run(...renewing, lost(1)).states.at(-1)).toBe('connecting 2 on 1, session')
    const subscribing = run(...renewing, ...opens(2), lost(1))
    expect(subscribing.states.at(-1)).toBe('connected 2 on 1')
    expect(subscribing.effects).toContainEqual({ do: 'subscribe', link: 2 })
  })
})

test('no two links in use ever share a client ID', () => {
  const link = fc.integer({ min: 1, max: 6 })
  const event: fc.Arbitrary<ConnectionEvent> = fc.oneof(
    fc.constantFrom<ConnectionEvent>(timer('retry'), timer('stable'), timer('renew'), { type: 'wake' }),
    link.map((link): ConnectionEvent => ({ type: 'session', link, session })),
    link.map((link): ConnectionEvent => ({ type: 'opened', link })),
    link.map((link): ConnectionEvent => ({ type: 'subscribed', link })),
    link.map(lost),
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const open = new Map<number, number>()
      const shared: Effect[] = []
      let state = initialState
      for (const event of [start, ...events]) {
        let effects: Effect[]
        ;[state, effects] = transition(state, event)
        for (const effect of effects) {
          if (effect.do === 'open') {
            if ([...open.values()].includes(effect.slot)) shared.push(effect)
            open.set(effect.link, effect.slot)
          }
          // The one that is replaced lives on for the overlap, but a session lasts far longer than that.
          if (effect.do === 'end') open.delete(effect.link)
        }
      }
      expect(shared).toEqual([])
    }),
  )
})
