/**
 * What a client can be told, with its defaults.
 *
 * @module
 */
import { type Clock, systemClock } from './clock.ts'
import { type Connection, createConnection } from './connection/connection.ts'
import { type EncodePublish, mqttOverWebSocket } from './connection/mqtt-over-websocket.ts'
import type { Subscriptions } from './connection/subscriptions.ts'
import type { Transport } from './connection/transport.ts'
import { ClientError, type Problem } from './errors.ts'
import { type PageSignals, pageSignals } from './page-signals.ts'
import { type SessionCallback, visitorSessions } from './session.ts'

export interface ClientOptions {
  /** What stands before `/session`, `/state` and `/events`: `https://api.example.org`, or `''` for the page's own origin. */
  readonly api: string
  /** Asked for a session on every attempt to connect. Default: a visitor's, from `POST /session`. */
  readonly session?: SessionCallback
  /** Told of what could not be used, and of reads that failed and are tried again. Default: `console.warn`. */
  readonly onProblem?: (problem: Problem) => void
  /**
   * Seconds of silence before the broker gives the client up, times 1.5; the client asks at half of it. Default: 60: a
   * ping every 30 s is free on AWS, and a hidden tab, whose timers run once a minute, still keeps its connection.
   * 30 to 1200. MQTT 5.0 section 3.1.2.10
   */
  readonly keepAliveSeconds?: number
  /** Longest time for a session, a WebSocket and CONNACK together, ms. Default: 15000 */
  readonly connectTimeoutMs?: number
  /** Bound of the first back-off, ms; it doubles with each failure. Default: 1000 */
  readonly backoffBaseMs?: number
  /** Bound of every back-off, ms. Default: 30000 */
  readonly backoffMaxMs?: number
  /** How long to wait for a retained message before asking `/state`, ms. Default: 2000 */
  readonly headWaitMs?: number
  /** How long a hole in a feed may close by itself, ms. Default: 150 */
  readonly reorderWaitMs?: number
  /** Recoveries are spread over this time, ms, because many clients miss the same message. Default: 1000 */
  readonly recoveryJitterMs?: number
  /** Longest time for an answer of `/state` or `/events`, ms. Default: 15000 */
  readonly requestTimeoutMs?: number
  /** Items of one feed that wait for a slow reader, and entries that wait for those before them. Default: 1000 */
  readonly bufferEntries?: number
  /** Default: the platform's. */
  readonly clock?: Clock
  /** From 0 up to 1. Default: `Math.random` */
  readonly random?: () => number
  /** Default: the platform's `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** Default: the platform's. */
  readonly WebSocket?: typeof WebSocket
  /** What speaks MQTT. Default: our own, over `WebSocket`. */
  readonly transport?: Transport
  /** What keeps the connection. Default: each client has its own; `shareTabs()` has one for all tabs of a site. */
  readonly connection?: ConnectionFactory
  /** Tells when the page comes back to the network or the eye. Default: by the page's events, where there are any. */
  readonly signals?: PageSignals
}

export const clientDefaults = {
  keepAliveSeconds: 60,
  connectTimeoutMs: 15_000,
  backoffBaseMs: 1000,
  backoffMaxMs: 30_000,
  headWaitMs: 2000,
  reorderWaitMs: 150,
  recoveryJitterMs: 1000,
  requestTimeoutMs: 15_000,
  bufferEntries: 1000,
} satisfies Partial<ClientOptions>

export interface ResolvedOptions extends Required<Omit<ClientOptions, 'WebSocket'>> {
  /** Whether `session` is the application's own. */
  readonly ownSession: boolean
}

/** Keeps a connection for a client: `createConnection`, or what shares one between several clients. */
export type ConnectionFactory = (
  options: ResolvedOptions,
  subscriptions: Subscriptions,
  changed: () => void,
) => Connection

/** Options with their defaults. Throws ClientError `INVALID_OPTION` for nonsense. */
export function resolveOptions(given: ClientOptions, encodePublish?: EncodePublish): ResolvedOptions {
  const told = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const options: Omit<ResolvedOptions, 'ownSession' | 'session' | 'transport'> = {
    ...clientDefaults,
    clock: systemClock,
    random: Math.random,
    // Called as a plain function: the platform's fetch refuses another `this`.
    fetch: (url: string, init: RequestInit) => fetch(url, init),
    onProblem: warn,
    connection: createConnection,
    signals: pageSignals,
    ...(told as ClientOptions),
  }
  for (const name of Object.keys(clientDefaults) as (keyof typeof clientDefaults)[]) {
    const min = { keepAliveSeconds: 30, bufferEntries: 1 }[name as string] ?? 0
    const value = options[name]
    if (!(value >= min && value < Infinity)) invalid(name, `a number of ${min} or more`, value)
  }
  if (typeof options.api !== 'string') invalid('api', 'the URL before /session', options.api)
  const { clock } = options
  const api = options.api.replace(/\/+$/, '')
  return {
    ...options,
    api,
    onProblem(problem) {
      try {
        options.onProblem(problem)
      } catch (error) {
        // The page's own, which the connection outlives.
        console.error(error)
      }
    },
    ownSession: given.session !== undefined,
    session: given.session ?? visitorSessions(api, options.fetch, clock),
    transport: given.transport ?? mqttOverWebSocket(given.WebSocket ?? WebSocket, clock, encodePublish),
  }
}

export function invalid(name: string, wanted: string, got: unknown): never {
  throw new ClientError('INVALID_OPTION', `${name} is ${wanted}; got ${String(got)}`)
}

function warn({ topic, code, detail }: Problem): void {
  console.warn(`fanfare: ${topic}: ${code}: ${detail}`)
}
