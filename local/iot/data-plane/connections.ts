/** GetConnection and DeleteConnection. docs/aws-iot-core.md §7. */
import type { AwsRequest, AwsResponse } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import { endConnection, removeSession } from '../end-connection.ts'
import type { Session } from '../model.ts'
import { reason } from '../reason-codes.ts'
import { answer, answerOk, DataPlaneError } from './answer.ts'
import { pathRest, queryBoolean } from './request.ts'

export function getConnection(broker: Broker, request: AwsRequest): AwsResponse {
  const session = sessionOf(broker, request)
  const { client } = session
  const withSocket = queryBoolean(request, 'includeSocketInformation') ?? false
  return answer({
    connected: client !== undefined,
    clientId: session.clientId,
    cleanSession: session.cleanStart,
    sessionExpiry: session.expirySeconds,
    ...(client ? { keepAliveDuration: client.keepAliveSeconds, connectedSince: client.connectedAt } : {}),
    ...(client && withSocket
      ? {
          sourceIp: client.connection.transport.remoteAddress,
          sourcePort: client.connection.transport.remotePort,
        }
      : {}),
  })
}

/** The Will is sent unless `preventWillMessage`; nothing stops the client from coming back. */
export function deleteConnection(broker: Broker, request: AwsRequest): AwsResponse {
  const session = sessionOf(broker, request)
  const cleanSession = queryBoolean(request, 'cleanSession') ?? false
  const preventWill = queryBoolean(request, 'preventWillMessage') ?? false
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

function sessionOf(broker: Broker, request: AwsRequest): Session {
  const clientId = pathRest(request.path, '/connections/')
  const session = broker.sessions.get(clientId)
  if (!session)
    throw new DataPlaneError('ResourceNotFoundException', `no connection nor session of client ${clientId}`)
  return session
}
