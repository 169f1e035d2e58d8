/**
 * Carries out what `state.ts` decides: the one loop that knows time, chance and sockets.
 *
 * @module
 */
import type { Clock } from '../clock.ts'
import { describeError } from '../errors.ts'
import { checkSession, type Session, type SessionCallback } from '../session.ts'
import { backoffMs } from './backoff.ts'
import { loss, type LossCode } from './loss.ts'
import {
  type ConnectionEvent,
  type ConnectionState,
  type Effect,
  initialState,
  type TimerName,
  transition,
} from './state.ts'
import type { LinkUser } from './subscriptions.ts'
import type { Link, Transport } from './transport.ts'

export interface ConnectionOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly transport: Transport
  readonly session: SessionCallback
  readonly keepAliveSeconds: number
  readonly connectTimeoutMs: number
  readonly backoffBaseMs: number
  readonly backoffMaxMs: number
}

export interface Connection {
  readonly state: ConnectionState
  /** The connection's session; without a connection the one used last. */
  readonly session: Session | undefined
  send(event: ConnectionEvent): void
}

/** Part of a session's remaining life after which its successor is opened; drawn between these, so that clients which came together part. */
const renewAt = { from: 0.8, to: 0.95 }

/**
 * A successor's successor comes no sooner than this, ms: where the clock is ahead by nearly a session's life, each new
 * session seems to end at once.
 */
const renewMsMin = 3000

/** The longest time over which those cut off come back, ms, whatever the session says. */
const spreadMsMax = 3_600_000

/** A connection that lasted this long, ms, makes earlier failures forgotten. */
const stableMs = 10_000

/** How long a replaced connection is kept for what is on its way, answers to requests too, ms. */
const overlapMs = 10_000

/** AWS IoT Core ends every connection after 24 hours, ms. */
const connectionMsMax = 86_400_000

interface Entry {
  link?: Link
  loss?: LossCode
  /** Stops the timer that would give it up. */
  cancel: () => void
}

/** A connection at rest; `send({ type: 'start' })` sets it going. `changed` is called after each change of state. */
export function createConnection(
  options: ConnectionOptions,
  user: LinkUser,
  changed: (state: ConnectionState, before: ConnectionState) => void,
): Connection {
  const { clock, random } = options
  let state = initialState
  let session: Session | undefined
  /** Of the link that is heard. */
  let heard: Session | undefined
  /** The next session has to be another one. */
  let refused = false
  /** The link dialled last was to follow another. */
  let renewed = false
  const links = new Map<number, Entry>()
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
      case 'dial':
        void dial(effect)
        return
      case 'subscribe':
        void subscribe(effect.link)
        return
      case 'end':
        end(effect.link, effect.afterOverlap)
        return
      case 'end-all':
        for (const number of links.keys()) end(number)
        for (const cancel of timers.values()) cancel()
        return
      case 'check':
        links.get(effect.link)?.link?.check()
        return
      case 'keep':
        // Nothing was dialled since.
        heard = session
        startTimer('stable', stableMs)
        startTimer('dial', Math.max(renewalMs(), renewed ? renewMsMin : 0))
        return
      case 'back-off': {
        // None, where the session says what is no number.
        const spreadMs = effect.soon ? 0 : Math.min(session?.reconnectSpreadMs || 0, spreadMsMax)
        startTimer('dial', backoffMs(effect.failures, options, random, spreadMs))
      }
    }
  }

  async function dial({ link, slot, fresh }: Extract<Effect, { do: 'dial' }>): Promise<void> {
    const { connectTimeoutMs, keepAliveSeconds } = options
    const lost = (code: LossCode, detail: string): void =>
      send({ type: 'lost', link, loss: loss(code, detail) })
    const entry: Entry = {
      cancel: clock.after(connectTimeoutMs, () =>
        lost('connect-timeout', `no answer within ${connectTimeoutMs} ms`),
      ),
    }
    links.set(link, entry)
    renewed = fresh
    let code: LossCode = 'session-failed'
    try {
      const answered = await options.session({ fresh: fresh || refused })
      // Given up meanwhile.
      if (links.get(link) !== entry) return
      checkSession(answered)
      if (refused && answered.token === session?.token) {
        code = 'session-refused'
        throw new Error('the refused session came again')
      }
      refused = false
      session = answered
      code = 'unreachable'
      entry.link = options.transport(
        { session, clientId: session.clientIds[slot], keepAliveSeconds },
        {
          opened() {
            entry.cancel()
            send({ type: 'opened', link })
          },
          message: user.deliver,
          lost(why) {
            refused ||= why.code === 'session-refused'
            entry.loss = why.code
            lost(why.code, why.detail)
          },
        },
      )
    } catch (error) {
      lost(code, describeError(error))
    }
  }

  async function subscribe(number: number): Promise<void> {
    const link = links.get(number)?.link
    if (link && (await user.attach(link))) send({ type: 'subscribed', link: number })
  }

  function end(number: number, afterOverlap = false): void {
    const entry = links.get(number)
    if (!entry) return
    entry.cancel()
    const close = (): void => {
      links.delete(number)
      if (!entry.link) return
      user.detach(entry.link, entry.loss)
      entry.link.close()
    }
    if (afterOverlap) entry.cancel = clock.after(overlapMs, close)
    else close()
  }

  /** A timer of the same name is replaced. */
  function startTimer(timer: TimerName, ms: number): void {
    timers.get(timer)?.()
    timers.set(
      timer,
      clock.after(ms, () => send({ type: 'timer', timer })),
    )
  }

  function renewalMs(): number {
    const leftMs = (session?.expiresAt ?? 0) * 1000 - clock.now()
    // Over already by our clock, yet the broker took it: the clock is wrong, so the broker's word will have to do.
    const lifeMs = leftMs > 0 ? Math.min(leftMs, connectionMsMax) : connectionMsMax
    return lifeMs * (renewAt.from + (renewAt.to - renewAt.from) * random())
  }

  return {
    get state() {
      return state
    },
    get session() {
      return state.status === 'connected' ? heard : session
    },
    send,
  }
}
