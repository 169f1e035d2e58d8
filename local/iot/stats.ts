/**
 * What the broker tells of itself: to tests, to the replay, and at `GET /_fanfare/iot`.
 *
 * @module
 */
import type { Broker } from './broker.ts'
import type { Counters } from './counters.ts'
import { type MeteredUnits, totalUnits } from './meter.ts'
import type { Client } from './model.ts'

export interface IotStats extends Counters {
  /** Clients connected. */
  readonly connections: number
  /** Sessions, of clients that are away too. */
  readonly sessions: number
  readonly subscriptions: number
  readonly retainedMessages: number
  /** What AWS would bill since the start or the last `resetMeter()`. */
  readonly units: MeteredUnits & { readonly total: number }
}

/** One connected client. */
export interface ConnectionStats {
  readonly clientId: string
  readonly principal: string
  readonly protocolVersion: 4 | 5
  /** Ms since 1970. */
  readonly connectedAt: number
  readonly remoteAddress: string
  readonly subscriptions: readonly string[]
  /** Bytes that wait for it. */
  readonly bufferedBytes: number
  /** Messages sent to it. */
  readonly deliveries: number
  readonly units: MeteredUnits & { readonly total: number }
}

/** A snapshot; it does not change afterwards. */
export function statsOf(broker: Broker): IotStats {
  return {
    ...structuredClone(broker.counters),
    connections: clientsOf(broker).length,
    sessions: broker.sessions.size,
    subscriptions: broker.subscriptions.size + broker.shared.members,
    retainedMessages: broker.retained.size,
    units: { ...broker.meter, total: totalUnits(broker.meter) },
  }
}

/** A snapshot of each connected client. */
export function connectionStatsOf(broker: Broker): ConnectionStats[] {
  return clientsOf(broker).map(connectionOf)
}

/** A snapshot of one connected client. */
export function connectionOf(client: Client): ConnectionStats {
  const { connection, session, version, connectedAt, meter, permissions, deliveries } = client
  return {
    clientId: session.clientId,
    principal: permissions.principal,
    protocolVersion: version,
    connectedAt,
    remoteAddress: connection.transport.remoteAddress,
    subscriptions: [...session.subscriptions.keys()],
    bufferedBytes: connection.transport.bufferedBytes(),
    deliveries,
    units: { ...meter, total: totalUnits(meter) },
  }
}

/** Every client that is connected now. */
export function clientsOf(broker: Broker): Client[] {
  const clients: Client[] = []
  for (const { phase } of broker.connections) if (phase.status === 'open') clients.push(phase.client)
  return clients
}
