import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loss } from './loss.ts'
import { type ConnectionEvent, type ConnectionState, type Effect, initialState, transition } from './state.ts'

const cut = loss('connection-lost', 'cut')
const lost = (link: number): ConnectionEvent => ({ type: 'lost', link, loss: cut })
const timer = (name: 'dial' | 'stable'): ConnectionEvent => ({ type: 'timer', timer: name })
const start: ConnectionEvent = { type: 'start' }
const opened = (link: number): ConnectionEvent => ({ type: 'opened', link })

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
  if (state.status === 'closed') return 'closed'
  const { status, current, next, failures } = state
  return [
    current ? `${status} ${current.link} on ${current.slot}` : `${status} after ${failures}`,
    ...(next ? [`${next.link} on ${next.slot}${next.opened ? ' opened' : ''}`] : []),
  ].join(', ')
}

describe('a connection', () => {
  test('dials and subscribes', () => {
    expect(run(start).effects).toEqual([{ do: 'dial', link: 1, slot: 0, fresh: false }])
    const { states, effects } = run(start, opened(1))
    expect(states).toEqual(['waiting after 0', 'connecting after 0, 1 on 0', 'connected 1 on 0'])
    expect(effects).toEqual([{ do: 'subscribe', link: 1 }, { do: 'keep' }])
  })

  test('backs off further with each failure, and takes the other client ID each time', () => {
    const { states, effects } = run(start, lost(1), timer('dial'), lost(2), timer('dial'), lost(3))
    expect(states).toEqual([
      'waiting after 0',
      'connecting after 0, 1 on 0',
      'waiting after 1',
      'connecting after 1, 2 on 1',
      'waiting after 2',
      'connecting after 2, 3 on 0',
      'waiting after 3',
    ])
    expect(effects).toContainEqual({ do: 'back-off', failures: 2, soon: false })
  })

  test('forgets failures only once it was stable', () => {
    const flapping = run(start, lost(1), timer('dial'), opened(2), lost(2))
    expect(flapping.effects).toContainEqual({ do: 'back-off', failures: 1, soon: false })
    const stable = run(start, lost(1), timer('dial'), opened(2), timer('stable'), lost(2))
    expect(stable.effects).toContainEqual({ do: 'back-off', failures: 0, soon: false })
    // A timer of a connection that was lost since does not count for the next attempt.
    expect(run(start, lost(1), timer('stable')).states.at(-1)).toBe('waiting after 1')
  })

  test('says why it was lost, until it is back', () => {
    expect(run(start, opened(1), lost(1), timer('dial')).state).toMatchObject({ loss: cut })
    expect(run(start, opened(1), lost(1), timer('dial'), opened(2)).state).toMatchObject({ loss: undefined })
  })

  test('ignores what a link says that was given up', () => {
    const { states } = run(start, lost(1), lost(1), opened(1), { type: 'subscribed', link: 1 })
    expect(states).toEqual(['waiting after 0', 'connecting after 0, 1 on 0', 'waiting after 1'])
  })

  test('tries soon when the page wakes, and doubts an open link', () => {
    expect(run(start, lost(1), { type: 'wake' }).effects).toEqual([
      { do: 'back-off', failures: 0, soon: true },
    ])
    expect(run({ type: 'wake' }).effects).toEqual([])
    expect(run(start, lost(1), { type: 'doubt' }).effects).toEqual([])
    expect(run(start, opened(1), { type: 'doubt' }).effects).toEqual([{ do: 'check', link: 1 }])
  })

  test('ends everything when closed, for good', () => {
    const { states, effects } = run(start, opened(1), timer('dial'), { type: 'close' })
    expect(states.at(-1)).toBe('closed')
    expect(effects).toContainEqual({ do: 'end-all' })
    expect(run(start, { type: 'close' }, start, timer('dial')).states.at(-1)).toBe('closed')
  })
})

describe('a successor', () => {
  const renewing = [start, opened(1), timer('dial')]

  test('has a fresh session and the other client ID, and follows once it is subscribed', () => {
    expect(run(...renewing).effects).toEqual([{ do: 'dial', link: 2, slot: 1, fresh: true }])
    expect(run(...renewing, opened(2)).effects).toEqual([{ do: 'subscribe', link: 2 }])
    const { states, effects } = run(...renewing, opened(2), { type: 'subscribed', link: 2 })
    expect(states.slice(2)).toEqual([
      'connected 1 on 0',
      'connected 1 on 0, 2 on 1',
      'connected 1 on 0, 2 on 1 opened',
      'connected 2 on 1',
    ])
    expect(effects).toEqual([{ do: 'end', link: 1, afterOverlap: true }, { do: 'keep' }])
  })

  test('that fails leaves the connection alone, and keeps off its client ID', () => {
    // The one after it would have the connection's own client ID: it is passed over.
    const { states, effects } = run(...renewing, lost(2), timer('dial'))
    expect(states.slice(-2)).toEqual(['connected 1 on 0', 'connected 1 on 0, 3 on 1'])
    expect(effects).toEqual([{ do: 'dial', link: 3, slot: 1, fresh: true }])
    expect(run(...renewing, lost(2)).effects).toEqual([
      { do: 'end', link: 2, afterOverlap: false },
      { do: 'back-off', failures: 0, soon: false },
    ])
    expect(run(...renewing, lost(2)).state).toMatchObject({ loss: undefined, failures: 1 })
  })

  test('becomes the attempt when the connection is lost meanwhile', () => {
    expect(run(...renewing, lost(1)).states.at(-1)).toBe('connecting after 0, 2 on 1')
    const subscribing = run(...renewing, opened(2), lost(1))
    expect(subscribing.states.at(-1)).toBe('connected 2 on 1')
  })
})

test('a page that is put away has no connection, and tries at once when it wakes', () => {
  const [asleep, ended] = transition(run(start, opened(1)).state, { type: 'sleep' })
  expect(asleep).toMatchObject({ status: 'waiting', loss: { code: 'asleep' } })
  expect(ended).toEqual([{ do: 'end-all' }])
  expect(transition(asleep, opened(1))).toEqual([asleep, []])
  expect(transition(asleep, { type: 'wake' })[1]).toEqual([{ do: 'back-off', failures: 0, soon: true }])
})

test('no two links in use ever share a client ID', () => {
  const link = fc.integer({ min: 1, max: 6 })
  const event: fc.Arbitrary<ConnectionEvent> = fc.oneof(
    fc.constantFrom<ConnectionEvent>(timer('dial'), timer('stable'), { type: 'wake' }, { type: 'sleep' }),
    link.map(opened),
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
          if (effect.do === 'dial') {
            if ([...open.values()].includes(effect.slot)) shared.push(effect)
            open.set(effect.link, effect.slot)
          }
          // The one that is replaced lives on for the overlap, but a session lasts far longer than that.
          if (effect.do === 'end') open.delete(effect.link)
          if (effect.do === 'end-all') open.clear()
        }
      }
      expect(shared).toEqual([])
    }),
  )
})
