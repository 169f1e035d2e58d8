/**
 * What every client has, whichever kinds of topic it hears: a connection, its status, and an end.
 *
 * @module
 */
import type { EncodePublish } from './connection/mqtt-over-websocket.ts'
import { createSubscriptions } from './connection/subscriptions.ts'
import { ClientError } from './errors.ts'
import { createHistory } from './history.ts'
import { type ClientOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import type { Session } from './session.ts'
import { type ClientStatus, statusOf } from './status.ts'
import { callListeners } from './topic/listeners.ts'
import type { SignalPorts, TopicPorts } from './topic/ports.ts'

export interface BaseClient extends AsyncDisposable {
  readonly status: ClientStatus
  /** Calls `listener` with each change of `status`; the answer removes it. */
  on(event: 'status', listener: (status: ClientStatus) => void): () => void
  /** Ends every topic and the connection, for good. */
  close(): void
}

/** What the kinds of topic need besides, to be heard by a client. */
export interface ClientPorts extends TopicPorts, SignalPorts, ResolvedOptions {}

/** Connects. `ports` throws ClientError `CLOSED` once the client was closed. Throws ClientError `INVALID_OPTION`. */
export function createCore(
  given: ClientOptions,
  encodePublish?: EncodePublish,
): { base: BaseClient; ports: () => ClientPorts } {
  const options = resolveOptions(given, encodePublish)
  const { clock, onProblem, signals } = options
  const listeners = new Set<(status: ClientStatus) => void>()
  const topics: TopicPorts['topics'] = new Set()
  const subscriptions = createSubscriptions(options)
  const connection = options.connection(options, subscriptions, changed)
  let status = statusOf(connection.state, false)

  const lastingSession = async (): Promise<Session> => {
    const { session } = connection
    return session && session.expiresAt * 1000 > clock.now() ? session : options.session({ fresh: false })
  }
  const ports: ClientPorts = {
    ...options,
    subscriptions,
    history: createHistory({ ...options, session: lastingSession }),
    topics,
    changed,
    lastingSession,
  }

  function changed(): void {
    const now = statusOf(
      connection.state,
      [...topics].every(({ settled }) => settled()),
    )
    if (now.state === status.state && now.reason === status.reason && now.detail === status.detail) return
    status = now
    callListeners(listeners, { onProblem }, '', now)
  }

  function close(): void {
    for (const topic of topics) topic.close()
    stopSignals()
    connection.send({ type: 'close' })
  }

  const stopSignals = signals((signal) => connection.send({ type: signal }))
  connection.send({ type: 'start' })

  return {
    base: {
      get status() {
        return status
      },
      on(_event, listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      close,
      [Symbol.asyncDispose]: async () => close(),
    },
    ports() {
      if (connection.state.status === 'closed') throw new ClientError('CLOSED', 'the client was closed')
      return ports
    },
  }
}
