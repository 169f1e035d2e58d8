/**
 * Once a second, what has run out: keep-alives, deadlines, authorisations, sessions. docs/aws-iot-core.md §1, §2.1, §5a.
 *
 * @module
 */
import { refresh } from './auth/refresh.ts'
import type { Broker } from './broker.ts'
import { endByFault } from './end-by-fault.ts'
import { endConnection, removeSession } from './end-connection.ts'
import { bounds, webSocketLifeSeconds } from './limits.ts'
import type { Client, Connection } from './model.ts'
import { reason } from './reason-codes.ts'
import { dropUnacknowledged } from './session/outbound.ts'

/** Sweeps once a second until the answer is called. */
export function startSweeping(broker: Broker): () => void {
  const { clock } = broker.settings
  let cancel = (): void => {}
  const next = (): void => {
    sweep(broker, clock.now())
    cancel = clock.after(bounds.sweepMs, next)
  }
  cancel = clock.after(bounds.sweepMs, next)
  return () => {
    cancel()
  }
}

function sweep(broker: Broker, now: number): void {
  for (const connection of broker.connections) {
    const { phase } = connection
    if (phase.status === 'open') {
      if (!endByFault(broker, phase.client)) sweepClient(broker, phase.client, now)
    } else sweepNewcomer(broker, connection, now)
  }
  for (const session of broker.sessions.values()) if (session.expiresAt <= now) removeSession(broker, session)
  broker.lifecycle.sweep(now)
  expireRetained(broker, now)
  broker.quotas.sweep(now)
}

/** What has expired is not given out, deleted or not: a file that another process holds is asked again a second later. */
function expireRetained({ retained, settings }: Broker, now: number): void {
  try {
    retained.expire(now)
  } catch (error) {
    settings.log({
      level: 'warn',
      message: `retained messages that have expired could not be deleted (${(error as Error).message}); does another program hold the data file?`,
    })
  }
}

function sweepNewcomer(broker: Broker, connection: Connection, now: number): void {
  if (now - connection.openedAt >= bounds.connectDeadlineMs)
    endConnection(broker, connection, {
      reason: 'CLIENT_ERROR',
      message: `no CONNECT within ${bounds.connectDeadlineMs} ms`,
    })
}

function sweepClient(broker: Broker, client: Client, now: number): void {
  const { connection, authorization } = client
  const silentMs = now - connection.lastHeardAt
  if (silentMs > client.keepAliveSeconds * 1500)
    endConnection(broker, connection, {
      reason: 'MQTT_KEEP_ALIVE_TIMEOUT',
      reasonCode: reason.keepAliveTimeout,
      message: `silent for ${silentMs} ms at a keep-alive of ${client.keepAliveSeconds} s`,
    })
  else if (
    connection.transport.kind === 'websocket' &&
    now - connection.openedAt >= webSocketLifeSeconds * 1000
  )
    endConnection(broker, connection, {
      reason: 'WEBSOCKET_TTL_EXPIRATION',
      reasonCode: reason.administrativeAction,
      message: `a WebSocket lives ${webSocketLifeSeconds} s`,
      quota: 'webSocketLife',
    })
  else if (authorization && now >= authorization.disconnectAt)
    endConnection(broker, connection, {
      reason: 'CUSTOMAUTH_TTL_EXPIRATION',
      reasonCode: reason.notAuthorized,
      message: 'disconnectAfterInSeconds is over',
    })
  else if (authorization && now >= authorization.refreshAt) void refresh(broker, client, authorization)
  else dropUnacknowledged(broker, client, now)
}
