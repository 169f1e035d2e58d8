import type { Broker } from '../broker.ts'
import { endConnection, removeSession } from '../end-connection.ts'
import type { Connection, Session } from '../model.ts'
import type { ConnectRequest } from '../packets/connect-rules.ts'
import { reason } from '../reason-codes.ts'

/**
 * The session of a client that is let in: its old one, or a new one. Whoever is connected under the client ID is
 * disconnected: the newcomer wins. A session of the other protocol version cannot be resumed. docs/aws-iot-core.md §2.1.
 */
export function takeSession(
  broker: Broker,
  request: ConnectRequest,
  clientId: string,
  newcomer: Connection,
): { session: Session; resumed: boolean } {
  const incumbent = broker.sessions.get(clientId)?.client
  if (incumbent && incumbent.connection !== newcomer)
    endConnection(broker, incumbent.connection, {
      reason: 'DUPLICATE_CLIENTID',
      reasonCode: reason.sessionTakenOver,
      message: 'another connection has the same client ID',
    })
  const kept = broker.sessions.get(clientId)
  if (kept && !request.cleanStart && kept.version === request.version) {
    kept.expirySeconds = request.sessionExpirySeconds
    kept.expiresAt = Number.POSITIVE_INFINITY
    kept.cleanStart = false
    return { session: kept, resumed: true }
  }
  if (kept) removeSession(broker, kept)
  const session: Session = {
    clientId,
    version: request.version,
    expirySeconds: request.sessionExpirySeconds,
    expiresAt: Number.POSITIVE_INFINITY,
    cleanStart: request.cleanStart,
    client: undefined,
    subscriptions: new Map(),
    outbound: undefined,
    best: undefined,
  }
  broker.sessions.set(clientId, session)
  return { session, resumed: false }
}
