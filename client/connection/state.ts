/**
 * Every rule of a connection's life, without clock, socket or chance: `transition(state, event)` answers the next state
 * and what is to be done. `connection.ts` does it.
 *
 * Links are numbered, so that a word from a link that was given up is known as such. Each attempt uses the other of
 * the session's two client IDs (its slot), so that a newcomer never takes over the link it is to follow.
 *
 * @module
 */
import type { Session } from '../session.ts'
import { type Loss } from './loss.ts'

/** Which of the session's two client IDs. */
export type Slot = 0 | 1

/** A link in the making. */
export interface Dial {
  readonly link: number
  readonly slot: Slot
  readonly stage: 'session' | 'opening' | 'subscribing'
}

export type ConnectionState =
  /** Nothing yet, or between two attempts. */
  | {
      readonly status: 'waiting'
      /** Attempts that failed since a connection was last stable. */
      readonly failures: number
      readonly loss: Loss | undefined
      /** The number and the slot used last. */
      readonly link: number
      readonly slot: Slot
    }
  | {
      readonly status: 'connecting'
      readonly failures: number
      readonly loss: Loss | undefined
      readonly dial: Dial
    }
  | {
      readonly status: 'connected'
      readonly failures: number
      readonly link: number
      readonly slot: Slot
      /** The link that will follow this one before its session ends. */
      readonly successor: Dial | undefined
      /** The number used last, by a successor that failed perhaps. */
      readonly lastLink: number
      /** Attempts at a successor that failed. */
      readonly successorFailures: number
    }
  | { readonly status: 'closed' }

export type ConnectionEvent =
  | { readonly type: 'start' }
  | { readonly type: 'session'; readonly link: number; readonly session: Session }
  | { readonly type: 'opened'; readonly link: number }
  /** Every wanted topic was answered on this link. */
  | { readonly type: 'subscribed'; readonly link: number }
  /** The link is gone, or never came. */
  | { readonly type: 'lost'; readonly link: number; readonly loss: Loss }
  | { readonly type: 'timer'; readonly timer: TimerName }
  /** The page came back to the network or to the eye. */
  | { readonly type: 'wake' }
  /** There is reason to doubt the link. */
  | { readonly type: 'doubt' }
  | { readonly type: 'close' }

export type TimerName =
  /** Back-off before the next attempt. */
  | 'retry'
  /** The connection has lasted long enough to forget earlier failures. */
  | 'stable'
  /** Time to open the successor. */
  | 'renew'

export type Effect =
  | { readonly do: 'ask-session'; readonly link: number; readonly fresh: boolean }
  | { readonly do: 'open'; readonly link: number; readonly slot: Slot; readonly session: Session }
  /** Subscribes everything wanted. */
  | { readonly do: 'subscribe'; readonly link: number }
  /** Ends a link; `afterOverlap`: once what is on its way has arrived. */
  | { readonly do: 'end'; readonly link: number; readonly afterOverlap: boolean }
  /** Ends every link, those that were followed by another included. */
  | { readonly do: 'end-all' }
  | { readonly do: 'check'; readonly link: number }
  | { readonly do: 'start-timer'; readonly timer: 'retry'; readonly failures: number }
  | { readonly do: 'start-timer'; readonly timer: 'stable' }
  /** By the link's session, or by back-off when a successor failed. */
  | { readonly do: 'start-timer'; readonly timer: 'renew'; readonly link: number; readonly failures: number }
  | { readonly do: 'stop-timer'; readonly timer: TimerName }

export const initialState: ConnectionState = {
  status: 'waiting',
  failures: 0,
  loss: undefined,
  link: 0,
  slot: 1,
}

/** The state after an event, and what is to be done. An event that means nothing now leaves all as it is. */
export function transition(state: ConnectionState, event: ConnectionEvent): [ConnectionState, Effect[]] {
  if (event.type === 'close') return close()
  switch (state.status) {
    case 'waiting':
      return whileWaiting(state, event)
    case 'connecting':
      return whileConnecting(state, event)
    case 'connected':
      return whileConnected(state, event)
    case 'closed':
      return [state, []]
  }
}

type In<Status extends ConnectionState['status']> = Extract<ConnectionState, { status: Status }>

function whileWaiting(state: In<'waiting'>, event: ConnectionEvent): [ConnectionState, Effect[]] {
  if (event.type === 'start' || (event.type === 'timer' && event.timer === 'retry')) {
    const dial: Dial = { link: state.link + 1, slot: other(state.slot), stage: 'session' }
    return [
      { status: 'connecting', failures: state.failures, loss: state.loss, dial },
      [
        { do: 'stop-timer', timer: 'retry' },
        { do: 'ask-session', link: dial.link, fresh: false },
      ],
    ]
  }
  // Before the first attempt there is nothing to hurry; afterwards the shortest back-off, still jittered.
  if (event.type === 'wake' && state.loss)
    return [state, [{ do: 'start-timer', timer: 'retry', failures: 0 }]]
  return [state, []]
}

function whileConnecting(state: In<'connecting'>, event: ConnectionEvent): [ConnectionState, Effect[]] {
  const { dial, failures } = state
  if (!('link' in event) || event.link !== dial.link) return [state, []]
  switch (event.type) {
    case 'session':
      if (dial.stage !== 'session') return [state, []]
      return [{ ...state, dial: { ...dial, stage: 'opening' } }, [openEffect(dial, event.session)]]
    case 'opened':
      if (dial.stage !== 'opening') return [state, []]
      return [
        connected(dial, failures),
        [
          { do: 'start-timer', timer: 'stable' },
          { do: 'start-timer', timer: 'renew', link: dial.link, failures: 0 },
          { do: 'subscribe', link: dial.link },
        ],
      ]
    case 'subscribed':
      return [state, []]
    case 'lost':
      return retry(failures, event.loss, dial.link, dial.slot, [
        { do: 'end', link: dial.link, afterOverlap: false },
      ])
  }
}

function whileConnected(state: In<'connected'>, event: ConnectionEvent): [ConnectionState, Effect[]] {
  const { successor } = state
  switch (event.type) {
    case 'timer':
      if (event.timer === 'stable') return [{ ...state, failures: 0 }, []]
      if (event.timer === 'renew' && !successor) {
        const dial: Dial = { link: state.lastLink + 1, slot: other(state.slot), stage: 'session' }
        return [
          { ...state, successor: dial, lastLink: dial.link },
          [{ do: 'ask-session', link: dial.link, fresh: true }],
        ]
      }
      return [state, []]
    case 'wake':
    case 'doubt':
      return [state, [{ do: 'check', link: state.link }]]
    case 'lost':
      if (event.link === state.link) return lostWhileConnected(state, event.loss)
      if (event.link !== successor?.link) return [state, []]
      return [
        { ...state, successor: undefined, successorFailures: state.successorFailures + 1 },
        [
          { do: 'end', link: event.link, afterOverlap: false },
          { do: 'start-timer', timer: 'renew', link: state.link, failures: state.successorFailures + 1 },
        ],
      ]
    case 'session':
      if (event.link !== successor?.link || successor.stage !== 'session') return [state, []]
      return [
        { ...state, successor: { ...successor, stage: 'opening' } },
        [openEffect(successor, event.session)],
      ]
    case 'opened':
      if (event.link !== successor?.link || successor.stage !== 'opening') return [state, []]
      return [
        { ...state, successor: { ...successor, stage: 'subscribing' } },
        [{ do: 'subscribe', link: event.link }],
      ]
    case 'subscribed':
      if (event.link !== successor?.link || successor.stage !== 'subscribing') return [state, []]
      return [
        connected(successor, state.failures),
        [
          { do: 'end', link: state.link, afterOverlap: true },
          { do: 'start-timer', timer: 'renew', link: successor.link, failures: 0 },
        ],
      ]
    case 'start':
    case 'close':
      return [state, []]
  }
}

/** A successor on its way becomes the attempt; without one the back-off starts. */
function lostWhileConnected(state: In<'connected'>, loss: Loss): [ConnectionState, Effect[]] {
  const effects: Effect[] = [
    { do: 'stop-timer', timer: 'stable' },
    { do: 'stop-timer', timer: 'renew' },
    { do: 'end', link: state.link, afterOverlap: false },
  ]
  const { successor, failures } = state
  if (!successor) return retry(failures, loss, state.lastLink, state.slot, effects)
  if (successor.stage !== 'subscribing') {
    return [{ status: 'connecting', failures, loss, dial: successor }, effects]
  }
  return [
    connected(successor, failures),
    [
      ...effects,
      { do: 'start-timer', timer: 'stable' },
      { do: 'start-timer', timer: 'renew', link: successor.link, failures: 0 },
      { do: 'subscribe', link: successor.link },
    ],
  ]
}

function retry(
  failures: number,
  loss: Loss,
  link: number,
  slot: Slot,
  effects: Effect[],
): [ConnectionState, Effect[]] {
  return [
    { status: 'waiting', failures: failures + 1, loss, link, slot },
    [...effects, { do: 'start-timer', timer: 'retry', failures }],
  ]
}

function connected(dial: Dial, failures: number): ConnectionState {
  const { link, slot } = dial
  return {
    status: 'connected',
    failures,
    link,
    slot,
    successor: undefined,
    lastLink: link,
    successorFailures: 0,
  }
}

function close(): [ConnectionState, Effect[]] {
  return [
    { status: 'closed' },
    [
      ...(['retry', 'stable', 'renew'] as const).map((timer): Effect => ({ do: 'stop-timer', timer })),
      { do: 'end-all' },
    ],
  ]
}

const openEffect = (dial: Dial, session: Session): Effect => ({
  do: 'open',
  link: dial.link,
  slot: dial.slot,
  session,
})

const other = (slot: Slot): Slot => (slot === 0 ? 1 : 0)
