/** GetConnection and DeleteConnection. docs/aws-iot-core.md §7. */
import type { AwsRequest, AwsResponse } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import { endConnection, removeSession } from '../end-connection.ts'
import { clientIdBytesMax } from '../limits.ts'
import type { Session } from '../model.ts'
import type { Permissions } from '../policy/permissions.ts'
import { reason } from '../reason-codes.ts'
import type { Transport } from '../wire/transport.ts'
import { answer, answerOk, DataPlaneError } from './answer.ts'
import { authorize, takeClientRate } from './operation.ts'
import { queryBoolean, pathRest } from './request.ts'

/** Also for half an hour after the client left. */
export function getConnection(broker: Broker, request: AwsRequest, caller: Permissions): AwsResponse {
  const clientId = clientIdOf(request)
  const withSocket = queryBoolean(request, 'includeSocketInformation') ?? false
  authorize(caller, 'GetConnection', clientId, { 'iot:IncludeSocketInformation': [String(withSocket)] })
  takeClientRate(broker, 'getConnection', clientId)
  const left = broker.departures.get(clientId, broker.settings.clock.now())
  const session = broker.sessions.get(clientId)
  const client = session?.client
  if (!session && !left) return nobody(clientId)
  return answer({
    connected: client !== undefined,
    clientId,
    cleanSession: session?.cleanStart ?? left?.cleanSession,
    sessionExpiry: session?.expirySeconds ?? left?.sessionExpirySeconds,
    ...(client
      ? { keepAliveDuration: client.keepAliveSeconds, connectedSince: client.connectedAt }
      : left && {
          keepAliveDuration: left.keepAliveSeconds,
          disconnectedSince: left.at,
          disconnectReason: left.reason,
        }),
    ...(withSocket ? socketOf(client?.connection.transport ?? left) : {}),
  })
}

function socketOf(
  ends: Pick<Transport, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'> | undefined,
): object {
  if (!ends) return {}
  const { remoteAddress, remotePort, localAddress, localPort } = ends
  return {
    sourceIp: remoteAddress,
    sourcePort: remotePort,
    // A socket that was lost may not know its own end any more.
    ...(localPort > 0 && { targetIp: localAddress, targetPort: localPort }),
  }
}

/** The Will is sent unless `preventWillMessage`; nothing stops the client from coming back. */
export function deleteConnection(broker: Broker, request: AwsRequest, caller: Permissions): AwsResponse {
  const clientId = clientIdOf(request)
  const cleanSession = queryBoolean(request, 'cleanSession') ?? false
  const preventWill = queryBoolean(request, 'preventWillMessage') ?? false
  authorize(caller, 'DeleteConnection', clientId)
  takeClientRate(broker, 'deleteConnection', clientId)
  const session = sessionOf(broker, clientId)
  disconnectByApi(broker, session, preventWill)
  if (cleanSession) removeSession(broker, session)
  return answerOk()
}

/** Ends the session's connection, if there is one. Answers whether there was. */
export function disconnectByApi(broker: Broker, session: Session, withoutWill: boolean): boolean {
  if (!session.client) return false
  endConnection(broker, session.client.connection, {
    reason: 'API_INITIATED_DISCONNECT',
    reasonCode: reason.administrativeAction,
    withoutWill,
  })
  return true
}

/** The client ID of `/connections/{clientId}` and what is below it. Throws for one that AWS has not. */
export function clientIdOf({ path }: AwsRequest): string {
  const clientId = pathRest(/^\/connections\/[^/]+/.exec(path)?.[0] ?? '', '/connections/')
  const bytes = Buffer.byteLength(clientId)
  if (clientId.startsWith('$') || bytes > clientIdBytesMax)
    throw new DataPlaneError(
      'InvalidRequestException',
      `client ID ${clientId.slice(0, 130)}: it begins with $, or its ${bytes} bytes are over ${clientIdBytesMax}`,
    )
  return clientId
}

/** The session of a client that is connected, or is away and has a persistent one. Throws ResourceNotFoundException. */
export function sessionOf(broker: Broker, clientId: string): Session {
  return broker.sessions.get(clientId) ?? nobody(clientId)
}

function nobody(clientId: string): never {
  throw new DataPlaneError('ResourceNotFoundException', `no connection nor session of client ${clientId}`)
}
