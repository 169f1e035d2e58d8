/**
 * Ends a connection, whoever wants it: the goodbye, the Will, the session's further life, the lifecycle event.
 *
 * @module
 */
import type { Broker } from './broker.ts'
import { announce } from './announce.ts'
import type { DisconnectReason } from './lifecycle.ts'
import type { Message } from './message.ts'
import type { Client, Connection, Session } from './model.ts'
import { publish } from './publish.ts'
import type { QuotaId } from './quotas/catalogue.ts'
import { putAside } from './session/outbound.ts'
import { removeSubscription } from './shared/membership.ts'
import { encodeFrame } from './wire/frame.ts'

export interface End {
  readonly reason: DisconnectReason
  /** For an MQTT 5 client that is still there: the DISCONNECT's reason code. Default: no DISCONNECT. */
  readonly reasonCode?: number
  /** What to log, with the value seen. Default: nothing. */
  readonly message?: string
  /** The quota that was broken, to be counted. Default: none. docs/aws-iot-core.md §3. */
  readonly quota?: QuotaId | undefined
  /** Whether the Will is held back. Default: only when the client said goodbye itself. docs/aws-iot-core.md §2.6, §8. */
  readonly withoutWill?: boolean
}

/** Ends a connection. Later calls for the same one do nothing. */
export function endConnection(broker: Broker, connection: Connection, end: End): void {
  const { phase } = connection
  if (phase.status === 'ended') return
  connection.phase = { status: 'ended' }
  broker.connections.delete(connection)
  broker.largeNewcomers.delete(connection)
  if (end.message !== undefined)
    broker.settings.log({
      level: 'warn',
      message: `connection ended: ${end.message}`,
      reason: end.reason,
      ...(phase.status === 'open' ? who(phase.client) : { address: connection.transport.remoteAddress }),
    })
  if (end.quota !== undefined)
    broker.quotas.hit(
      end.quota,
      broker.settings.clock.now(),
      1,
      phase.status === 'open' ? who(phase.client) : {},
    )
  if (phase.status === 'open') farewell(broker, phase.client, end)
  connection.transport.close()
}

/** Forgets a session: its subscriptions go, and what is stored for it. */
export function removeSession(broker: Broker, session: Session): void {
  for (const filter of session.subscriptions.keys()) removeSubscription(broker, filter, session)
  if (broker.sessions.get(session.clientId) === session) broker.sessions.delete(session.clientId)
}

function farewell(broker: Broker, client: Client, end: End): void {
  const { session, connection, will } = client
  const now = broker.settings.clock.now()
  if (client.version === 5 && end.reasonCode !== undefined)
    connection.transport.send(encodeFrame({ cmd: 'disconnect', reasonCode: end.reasonCode }, 5))
  session.client = undefined
  broker.departures.note(client, end.reason, now)
  if (session.expirySeconds > 0) {
    session.expiresAt = now + session.expirySeconds * 1000
    putAside(session)
  } else {
    removeSession(broker, session)
  }
  const clientInitiated = end.reason === 'CLIENT_INITIATED_DISCONNECT'
  if (will && !(end.withoutWill ?? clientInitiated)) publishWill(broker, client, will, now)
  announce(broker, {
    clientId: session.clientId,
    timestamp: now,
    eventType: 'disconnected',
    sessionIdentifier: connection.id,
    principalIdentifier: client.permissions.principal,
    clientInitiatedDisconnect: clientInitiated,
    disconnectReason: end.reason,
    versionNumber: broker.lifecycle.disconnected(session.clientId, now),
  })
}

/** A Will that cannot be kept has nobody to be told of it but the log. */
function publishWill(broker: Broker, client: Client, will: Message, now: number): void {
  try {
    publish(broker, { ...will, expiresAt: willExpiry(will.expiresAt, client.connectedAt, now) }, now, client)
  } catch (error) {
    broker.settings.log({
      level: 'warn',
      message: `the Will to ${will.topic} was not published: ${(error as Error).message}`,
      ...who(client),
    })
  }
}

/** A Will's expiry counts from the disconnect. docs/aws-iot-core.md §2.2. */
function willExpiry(expiresAt: number | undefined, connectedAt: number, now: number): number | undefined {
  return expiresAt === undefined ? undefined : expiresAt - connectedAt + now
}

function who(client: Client): { clientId: string; principal: string } {
  return { clientId: client.session.clientId, principal: client.permissions.principal }
}
