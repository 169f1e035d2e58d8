/**
 * Carries out what `state.ts` decides: the one loop that knows time, chance and sockets.
 *
 * @module
 */
import type { Clock } from '../clock.ts'
import { describeError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { type Session, type SessionCallback, sessionProblem } from '../session.ts'
import { backoffMs } from './backoff.ts'
import { loss } from './loss.ts'
import {
  type ConnectionEvent,
  type ConnectionState,
  type Effect,
  initialState,
  type TimerName,
  transition,
} from './state.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { Link, Transport } from './transport.ts'

export interface ConnectionOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly transport: Transport
  readonly session: SessionCallback
  readonly keepAliveSeconds: number
  readonly connectTimeoutMs: number
  readonly stableMs: number
  readonly overlapMs: number
  readonly backoffBaseMs: number
  readonly backoffMaxMs: number
}

export interface Connection {
  readonly state: ConnectionState
  /** The session used last. */
  readonly session: Session | undefined
  send(event: ConnectionEvent): void
}

/** Keeps a connection for a client: `createConnection`, or what shares one between several clients. */
export type ConnectionFactory = (
  options: ResolvedOptions,
  subscriptions: Subscriptions,
  changed: () => void,
) => Connection

/** Part of a session's remaining life after which its successor is opened; drawn between these, so that clients which came together part. */
const renewAt = { from: 0.8, to: 0.95 }

/** A connection at rest; `send({ type: 'start' })` sets it going. `changed` is called after each change of state. */
export function createConnection(
  options: ConnectionOptions,
  subscriptions: Subscriptions,
  changed: (state: ConnectionState, before: ConnectionState) => void,
): Connection {
  const { clock, random } = options
  let state = initialState
  let session: Session | undefined
  /** The next session has to be another one. */
  let refused = false
  const links = new Map<number, { link?: Link; session?: Session; cancelTimeout: () => void }>()
  const timers = new Map<TimerName, () => void>()
  const queue: ConnectionEvent[] = []
  let running = false

  function send(event: ConnectionEvent): void {
    queue.push(event)
    // An effect may send an event at once; it waits its turn.
    if (running) return
    running = true
    for (let next = queue.shift(); next; next = queue.shift()) {
      const before = state
      const [after, effects] = transition(state, next)
      state = after
      for (const effect of effects) run(effect)
      if (after !== before) changed(after, before)
    }
    running = false
  }

  function run(effect: Effect): void {
    switch (effect.do) {
      case 'ask-session':
        void askSession(effect.link, effect.fresh)
        return
      case 'open':
        open(effect)
        return
      case 'subscribe':
        void subscribe(effect.link)
        return
      case 'end':
        end(effect.link, effect.afterOverlap)
        return
      case 'end-all':
        for (const number of links.keys()) end(number, false)
        return
      case 'check':
        links.get(effect.link)?.link?.check()
        return
      case 'start-timer':
        startTimer(effect)
        return
      case 'stop-timer':
        stopTimer(effect.timer)
    }
  }

  async function askSession(link: number, fresh: boolean): Promise<void> {
    const late = (): void =>
      send({
        type: 'lost',
        link,
        loss: loss('connect-timeout', `no connection within ${options.connectTimeoutMs} ms`),
      })
    links.set(link, { cancelTimeout: clock.after(options.connectTimeoutMs, late) })
    try {
      const answered = await options.session({ fresh: fresh || refused })
      const problem = sessionProblem(answered)
      if (problem) send({ type: 'lost', link, loss: loss('session-failed', problem) })
      else if (refused && answered.token === session?.token) {
        send({
          type: 'lost',
          link,
          loss: loss('session-refused', 'the session callback gave the refused session again'),
        })
      } else {
        refused = false
        session = answered
        send({ type: 'session', link, session: answered })
      }
    } catch (error) {
      send({ type: 'lost', link, loss: loss('session-failed', describeError(error)) })
    }
  }

  function open(effect: Extract<Effect, { do: 'open' }>): void {
    const { link: number, session, slot } = effect
    const entry = links.get(number)
    // Ended meanwhile.
    if (!entry) return
    entry.session = session
    try {
      entry.link = options.transport(
        { session, clientId: session.clientIds[slot], keepAliveSeconds: options.keepAliveSeconds },
        {
          opened() {
            entry.cancelTimeout()
            send({ type: 'opened', link: number })
          },
          message: subscriptions.deliver,
          lost(why) {
            if (why.code === 'session-refused') refused = true
            send({ type: 'lost', link: number, loss: why })
          },
        },
      )
    } catch (error) {
      // A URL that the platform refuses.
      send({ type: 'lost', link: number, loss: loss('unreachable', describeError(error)) })
    }
  }

  async function subscribe(number: number): Promise<void> {
    const link = links.get(number)?.link
    if (link && (await subscriptions.attach(link))) send({ type: 'subscribed', link: number })
  }

  function end(number: number, afterOverlap: boolean): void {
    const entry = links.get(number)
    if (!entry) return
    entry.cancelTimeout()
    const close = (): void => {
      links.delete(number)
      if (entry.link) {
        subscriptions.detach(entry.link)
        entry.link.close()
      }
    }
    if (afterOverlap) entry.cancelTimeout = clock.after(options.overlapMs, close)
    else close()
  }

  function startTimer(effect: Extract<Effect, { do: 'start-timer' }>): void {
    const { timer } = effect
    stopTimer(timer)
    const ms = delayMs(effect)
    if (ms === undefined) return
    timers.set(
      timer,
      clock.after(ms, () => {
        timers.delete(timer)
        send({ type: 'timer', timer })
      }),
    )
  }

  function delayMs(effect: Extract<Effect, { do: 'start-timer' }>): number | undefined {
    if (effect.timer === 'stable') return options.stableMs
    if (effect.timer === 'retry' || effect.failures > 0) return backoffMs(effect.failures, options, random)
    const expiresAt = links.get(effect.link)?.session?.expiresAt ?? 0
    const leftMs = expiresAt * 1000 - clock.now()
    // Over already by our clock, yet the broker took it: the clock is wrong, so the broker's word will have to do.
    return leftMs > 0 ? leftMs * (renewAt.from + (renewAt.to - renewAt.from) * random()) : undefined
  }

  function stopTimer(timer: TimerName): void {
    timers.get(timer)?.()
    timers.delete(timer)
  }

  return {
    get state() {
      return state
    },
    get session() {
      return session
    },
    send,
  }
}
