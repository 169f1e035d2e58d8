/** CONNECT: rules, authorizer, policy, takeover, session, CONNACK, in this order. docs/aws-iot-core.md §2.1, §5a, §12.4. */
import { randomUUID } from 'node:crypto'
import { admit, type Admission } from '../auth/admit.ts'
import { forgetCredentials } from '../auth/forget-credentials.ts'
import { announce } from '../announce.ts'
import type { Broker } from '../broker.ts'
import { endConnection } from '../end-connection.ts'
import { meteredUnits, newMessage } from '../message.ts'
import { newMeter } from '../meter.ts'
import type { Client, Connection } from '../model.ts'
import type { Permissions } from '../policy/permissions.ts'
import { mayConnect, mayConnectAs } from '../quotas/checks.ts'
import type { Refusal } from '../problem.ts'
import { reason, returnCode } from '../reason-codes.ts'
import { sendPacket } from '../send-packet.ts'
import { takeSession } from '../session/take-session.ts'
import { replay } from '../session/outbound.ts'
import { drainGroupsOf } from '../shared/share-out.ts'
import { encodeFrame } from '../wire/frame.ts'
import { parseConnect, type ProtocolVersion } from '../wire/parse-packet.ts'
import { checkPropertyNames } from './allowed-properties.ts'
import { acceptingConnack, refusingConnack } from './connack.ts'
import { checkLayout, protocolLevel } from './connect-layout.ts'
import { type ConnectRequest, readConnect } from './connect-rules.ts'
import { checkStrings } from './utf8.ts'

/** Lets the client in or not. Resolves when that is settled; never rejects for what a client does. */
export async function handleConnect(broker: Broker, connection: Connection, bytes: Buffer): Promise<void> {
  const level = protocolLevel(bytes)
  if (level !== 4 && level !== 5) {
    connection.transport.send(
      encodeFrame({ cmd: 'connack', sessionPresent: false, returnCode: returnCode.unacceptableVersion }, 4),
    )
    endConnection(broker, connection, {
      reason: 'CLIENT_ERROR',
      message: `MQTT protocol level ${level}; AWS speaks 4 (3.1.1) and 5`,
    })
    return
  }
  const version: ProtocolVersion = level
  const packet = parseConnect(bytes)
  checkLayout(bytes)
  checkStrings(packet, bytes)
  checkPropertyNames(packet)
  broker.meter.connect += meteredUnits(bytes.length)
  const read = readConnect(packet, version, broker.quotas.limits.sessionExpiry)
  if ('problem' in read) {
    refuse(broker, connection, version, read.problem)
    return
  }
  if (!mayConnect(broker, broker.settings.clock.now())) {
    refuse(broker, connection, version, {
      code: reason.quotaExceeded,
      message: "over the account's quota of CONNECTs a second or of connections",
    })
    return
  }
  if (
    packet.will?.properties?.willDelayInterval !== undefined &&
    packet.will.properties.willDelayInterval > 0
  )
    broker.settings.log({
      level: 'warn',
      message: "ignored the Will Delay: not in AWS's list",
      clientId: packet.clientId,
    })
  const { request, cut } = read
  for (const quota of cut)
    broker.quotas.hit(quota, broker.settings.clock.now(), 1, { clientId: packet.clientId })
  const clientId = request.clientId === '' ? randomUUID() : request.clientId
  const admission = await admit(broker, connection, { ...request, clientId })
  // It may have gone while the authorizer thought.
  if (connection.phase.status !== 'authorizing') return
  const refused = refusalOf(admission, request, clientId)
  if (refused !== undefined || 'refused' in admission) {
    announceFailure(
      broker,
      connection,
      clientId,
      'permissions' in admission ? admission.permissions.principal : '',
    )
    refuse(broker, connection, version, { code: reason.notAuthorized, message: refused ?? '' })
    return
  }
  if (!mayConnectAs(broker, clientId, broker.settings.clock.now())) {
    const message = `over the quota of one CONNECT a second of client ID ${clientId}`
    refuse(broker, connection, version, { code: reason.quotaExceeded, message })
    return
  }
  open(broker, connection, request, clientId, admission, meteredUnits(bytes.length))
}

/** Why the client is not let in. The Will is authorised here, at CONNECT. docs/aws-iot-core.md §2.6, §6. */
function refusalOf(admission: Admission, request: ConnectRequest, clientId: string): string | undefined {
  if ('refused' in admission) return admission.refused
  const { permissions } = admission
  if (!permissions.may('Connect', clientId, connectContext(permissions, request)))
    return `iot:Connect as ${clientId} is denied`
  return request.will && willDenial(permissions, request.will.topic, request.will.retain === true)
}

function willDenial(permissions: Permissions, topic: string, retain: boolean): string | undefined {
  if (!permissions.may('Publish', topic)) return `iot:Publish on the Will topic ${topic} is denied`
  if (retain && !permissions.may('RetainPublish', topic))
    return `iot:RetainPublish on the Will topic ${topic} is denied`
  return undefined
}

/** The condition keys that a CONNECT has. docs/aws-iot-core.md §6. */
function connectContext(
  permissions: Permissions,
  { will, sessionExpirySeconds }: ConnectRequest,
): Record<string, readonly string[]> {
  const attributes = [
    ...(sessionExpirySeconds > 0 ? ['PersistentConnect'] : []),
    ...(will ? ['LastWill'] : []),
  ]
  return {
    'iot:ConnectAttributes': attributes,
    ...(will ? { 'iot:LastWillTopic': [permissions.topicArn(will.topic)] } : {}),
  }
}

function open(
  broker: Broker,
  connection: Connection,
  request: ConnectRequest,
  clientId: string,
  { permissions, authorization }: Exclude<Admission, { refused: string }>,
  connectUnits: number,
): void {
  const now = broker.settings.clock.now()
  const { session, resumed } = takeSession(broker, request, clientId, connection)
  const client: Client = {
    connection,
    session,
    version: request.version,
    connectedAt: now,
    permissions,
    keepAliveSeconds: request.keepAliveSeconds,
    window: request.window,
    packetBytesMax: request.packetBytesMax,
    aliases: undefined,
    will: request.will && newMessage(request.will, now),
    meter: { ...newMeter(), connect: connectUnits },
    deliveries: 0,
    rate: { since: now, count: 0, paidUntil: now - 1000 },
    authorization,
  }
  session.client = client
  connection.upgrade = forgetCredentials(connection.upgrade)
  connection.phase = { status: 'open', client }
  sendPacket(
    broker,
    client,
    acceptingConnack({
      version: request.version,
      sessionPresent: resumed,
      sessionExpirySeconds: request.sessionExpirySeconds,
      keepAliveSeconds: request.keepAliveSeconds,
      assignedClientId: request.clientId === '' ? clientId : undefined,
    }),
  )
  replay(broker, client)
  drainGroupsOf(broker, session)
  announce(broker, {
    clientId,
    timestamp: now,
    eventType: 'connected',
    sessionIdentifier: connection.id,
    principalIdentifier: permissions.principal,
    ipAddress: connection.transport.remoteAddress,
    versionNumber: broker.lifecycle.connected(clientId),
  })
}

function refuse(
  broker: Broker,
  connection: Connection,
  version: ProtocolVersion,
  { code, message, quota }: Refusal,
): void {
  broker.counters.refusedConnects += 1
  connection.transport.send(encodeFrame(refusingConnack(version, code), version))
  endConnection(broker, connection, {
    reason: code === reason.notAuthorized ? 'AUTH_ERROR' : 'CLIENT_ERROR',
    message: `CONNECT refused: ${message}`,
    quota,
  })
}

function announceFailure(broker: Broker, connection: Connection, clientId: string, principal: string): void {
  announce(broker, {
    clientId,
    timestamp: broker.settings.clock.now(),
    eventType: 'connect_failed',
    sessionIdentifier: connection.id,
    principalIdentifier: principal,
    connectFailureReason: 'AUTHORIZATION_FAILED',
    ipAddress: connection.transport.remoteAddress,
  })
}
