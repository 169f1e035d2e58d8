/**
 * Every rule of a connection's life, without clock, socket or chance: `transition(state, event)` answers the next state
 * and what is to be done. `connection.ts` does it.
 *
 * There are two facts: the link that is heard (`current`) and the one in the making (`next`), which is the first, a
 * retry, or the successor of one whose session is about to end. Links are numbered, so that a word from a link that was
 * given up is known as such. Each uses the other of the session's two client IDs (its slot), so that a newcomer never
 * takes over the link it is to follow.
 *
 * @module
 */
import type { Loss } from './loss.ts'

/** Which of the session's two client IDs. */
export type Slot = 0 | 1

export interface Place {
  readonly link: number
  readonly slot: Slot
}

export type ConnectionState =
  | {
      /** `waiting`: nothing yet, or between two attempts. */
      readonly status: 'waiting' | 'connecting' | 'connected'
      readonly current: Place | undefined
      /** The link in the making; `opened`: the broker took it, and its subscriptions are on their way. */
      readonly next: (Place & { readonly opened: boolean }) | undefined
      /** The number and the slot used last, by a link that failed perhaps. */
      readonly last: Place
      /** Attempts that failed since a connection was last stable. */
      readonly failures: number
      /** Why there is no connection. */
      readonly loss: Loss | undefined
    }
  | { readonly status: 'closed' }

export type ConnectionEvent =
  | { readonly type: 'start' }
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
  /** The page is put away, for a while or for good. */
  | { readonly type: 'sleep' }
  | { readonly type: 'close' }

export type TimerName =
  /** Time for the next link: a back-off is over, or the session is about to end. */
  | 'dial'
  /** The connection has lasted long enough to forget earlier failures. */
  | 'stable'

export type Effect =
  /** Asks for a session and opens a link; `fresh`: not with the session of before. */
  | { readonly do: 'dial'; readonly link: number; readonly slot: Slot; readonly fresh: boolean }
  /** Subscribes everything wanted. */
  | { readonly do: 'subscribe'; readonly link: number }
  /** Ends a link; `afterOverlap`: once what is on its way has arrived. */
  | { readonly do: 'end'; readonly link: number; readonly afterOverlap: boolean }
  /** Ends every link and timer. */
  | { readonly do: 'end-all' }
  | { readonly do: 'check'; readonly link: number }
  /** The link dialled last is heard from now on. Starts its timers: until it is stable, and until its successor is due. */
  | { readonly do: 'keep' }
  /** Starts the timer of the next attempt; `soon` where no crowd does the same. */
  | { readonly do: 'back-off'; readonly failures: number; readonly soon: boolean }

export const initialState: ConnectionState = {
  status: 'waiting',
  current: undefined,
  next: undefined,
  last: { link: 0, slot: 1 },
  failures: 0,
  loss: undefined,
}

type Living = Exclude<ConnectionState, { status: 'closed' }>

/** The state after an event, and what is to be done. An event that means nothing now leaves all as it is. */
export function transition(state: ConnectionState, event: ConnectionEvent): [ConnectionState, Effect[]] {
  const unchanged: [ConnectionState, Effect[]] = [state, []]
  if (state.status === 'closed') return unchanged
  const { current, next, failures } = state
  switch (event.type) {
    case 'close':
      return [{ status: 'closed' }, [{ do: 'end-all' }]]
    case 'sleep':
      // Until it wakes. The browser keeps no page that has a connection open.
      return [named({ ...state, current: undefined, next: undefined, loss: asleep }), [{ do: 'end-all' }]]
    case 'wake':
    case 'doubt':
      if (current) return [state, [{ do: 'check', link: current.link }]]
      // Before the first attempt there is nothing to hurry; afterwards the shortest back-off, still jittered.
      return event.type === 'wake' && state.loss && !next
        ? [state, [{ do: 'back-off', failures: 0, soon: true }]]
        : unchanged
    case 'start':
    case 'timer': {
      if (event.type === 'timer' && event.timer === 'stable')
        return current ? [{ ...state, failures: 0 }, []] : unchanged
      if (next) return unchanged
      const place: Place = { link: state.last.link + 1, slot: (current ?? state.last).slot ? 0 : 1 }
      return [
        named({ ...state, next: { ...place, opened: false }, last: place }),
        [{ do: 'dial', ...place, fresh: current !== undefined }],
      ]
    }
    case 'opened':
      if (event.link !== next?.link || next.opened) return unchanged
      if (!current) return follow(state, next, { do: 'subscribe', link: next.link })
      return [{ ...state, next: { ...next, opened: true } }, [{ do: 'subscribe', link: next.link }]]
    case 'subscribed':
      if (event.link !== next?.link || !current) return unchanged
      return follow(state, next, { do: 'end', link: current.link, afterOverlap: true })
    case 'lost': {
      const end: Effect = { do: 'end', link: event.link, afterOverlap: false }
      if (event.link === next?.link) {
        const loss = current ? undefined : event.loss
        return [named({ ...state, next: undefined, failures: failures + 1, loss }), [end, backOff(failures)]]
      }
      if (event.link !== current?.link) return unchanged
      // A successor on its way becomes the attempt; without one the back-off starts.
      if (next?.opened) return follow(state, next, end)
      const lost = { ...state, current: undefined, loss: event.loss }
      if (next) return [named(lost), [end]]
      return [named({ ...lost, failures: failures + 1 }), [end, backOff(failures)]]
    }
  }
}

const asleep: Loss = { code: 'asleep', detail: '' }

const backOff = (failures: number): Effect => ({ do: 'back-off', failures, soon: false })

/** The link in the making is the one that is heard from now on. */
function follow(state: Living, { link, slot }: Place, ...effects: Effect[]): [ConnectionState, Effect[]] {
  return [
    named({ ...state, current: { link, slot }, next: undefined, loss: undefined }),
    [...effects, { do: 'keep' }],
  ]
}

const named = (state: Living): Living => ({
  ...state,
  status: state.current ? 'connected' : state.next ? 'connecting' : 'waiting',
})
