/**
 * From a transport's bytes to the packet handlers, and what comes of bad ones.
 *
 * @module
 */
import type { Packet } from 'mqtt-packet'
import type { Broker } from './broker.ts'
import { endConnection } from './end-connection.ts'
import { bounds } from './limits.ts'
import type { Client, Connection } from './model.ts'
import { checkPropertyNames } from './packets/allowed-properties.ts'
import { handleConnect } from './packets/connect.ts'
import { handleDisconnect } from './packets/disconnect.ts'
import { handlePingreq } from './packets/pingreq.ts'
import { handlePuback } from './packets/puback.ts'
import { handlePublish } from './packets/publish.ts'
import { handleSubscribe } from './packets/subscribe.ts'
import { handleUnsubscribe } from './packets/unsubscribe.ts'
import { checkStrings } from './packets/utf8.ts'
import { reason } from './reason-codes.ts'
import { FramingError } from './wire/packet-framer.ts'
import {
  isConnect,
  MalformedPacketError,
  parsePacket,
  plainPuback,
  type ProtocolVersion,
} from './wire/parse-packet.ts'

/** Takes bytes as they come. Never throws for what a client sends. */
export function receive(broker: Broker, connection: Connection, bytes: Buffer): void {
  connection.lastHeardAt = broker.settings.clock.now()
  try {
    connection.framer.push(bytes, (data, start, end) => {
      const { phase } = connection
      if (phase.status === 'ended') return false
      const packetId = phase.status === 'open' ? plainPuback(data, start, end) : undefined
      if (packetId !== undefined && phase.status === 'open') handlePuback(broker, phase.client, packetId)
      else receivePacket(broker, connection, data.subarray(start, end))
      return true
    })
    if (connection.phase.status === 'new') boundNewcomers(broker, connection)
  } catch (error) {
    endBecauseOf(broker, connection, error)
  }
}

/** Nobody has said who these are: together they make the broker hold no more than a bound. */
function boundNewcomers(broker: Broker, connection: Connection): void {
  const { largeNewcomers } = broker
  if (connection.framer.heldBytes <= bounds.largeConnectBytes) return
  largeNewcomers.add(connection)
  if (largeNewcomers.size <= bounds.largeConnects) return
  for (const oldest of largeNewcomers) {
    endConnection(broker, oldest, {
      reason: 'CLIENT_ERROR',
      message: `${bounds.largeConnects} other clients are in the middle of a large CONNECT`,
    })
    return
  }
}

function receivePacket(broker: Broker, connection: Connection, bytes: Buffer): void {
  const { phase } = connection
  switch (phase.status) {
    case 'new':
      // The first packet is CONNECT. MQTT 5.0 [MQTT-3.1.0-1]
      if (!isConnect(bytes)) throw new MalformedPacketError('the first packet is not CONNECT')
      void connect(broker, connection, Buffer.from(bytes))
      return
    case 'authorizing':
      // AWS wants clients to wait for the CONNACK (docs/aws-iot-core.md §2.1); what comes early waits in a bound.
      if (broker.settings.strict) throw new MalformedPacketError('a packet before the CONNACK')
      phase.earlyBytes += bytes.length
      phase.early.push(Buffer.from(bytes))
      if (phase.earlyBytes > bounds.earlyBytes)
        throw new MalformedPacketError(`over ${bounds.earlyBytes} bytes before the CONNACK`)
      return
    case 'open':
      if (isConnect(bytes)) {
        // docs/aws-iot-core.md §2.1; MQTT 5.0 [MQTT-3.1.0-2]
        endConnection(broker, connection, {
          reason: 'CLIENT_ERROR',
          reasonCode: reason.protocolError,
          message: 'a second CONNECT',
        })
        return
      }
      handlePacket(broker, phase.client, readPacket(bytes, phase.client.version))
      return
    case 'ended':
  }
}

function readPacket(bytes: Buffer, version: ProtocolVersion): Packet {
  const packet = parsePacket(bytes, version)
  checkStrings(packet, bytes)
  checkPropertyNames(packet)
  return packet
}

/** Errors of the handler end here too, so the process never sees them. */
async function connect(broker: Broker, connection: Connection, bytes: Buffer): Promise<void> {
  const early: Buffer[] = []
  connection.phase = { status: 'authorizing', early, earlyBytes: 0 }
  broker.largeNewcomers.delete(connection)
  try {
    await handleConnect(broker, connection, bytes)
    for (const packet of early) receivePacket(broker, connection, packet)
  } catch (error) {
    endBecauseOf(broker, connection, error)
  }
}

function handlePacket(broker: Broker, client: Client, packet: Packet): void {
  switch (packet.cmd) {
    case 'publish':
      return handlePublish(broker, client, packet)
    case 'puback':
      return handlePuback(broker, client, packet.messageId ?? 0)
    case 'subscribe':
      return handleSubscribe(broker, client, packet)
    case 'unsubscribe':
      return handleUnsubscribe(broker, client, packet)
    case 'pingreq':
      return handlePingreq(broker, client)
    case 'disconnect':
      return handleDisconnect(broker, client, packet)
    case 'auth':
    case 'connack':
    case 'connect':
    case 'pingresp':
    case 'pubcomp':
    case 'pubrec':
    case 'pubrel':
    case 'suback':
    case 'unsuback':
      // AWS has no QoS 2 and no AUTH (docs/aws-iot-core.md §2.2); the others are the server's to send.
      endConnection(broker, client.connection, {
        reason: 'CLIENT_ERROR',
        reasonCode: reason.protocolError,
        message: `a client sent ${packet.cmd.toUpperCase()}`,
      })
  }
}

/** A packet over the size announced is a protocol error: AWS does not list 0x95. docs/aws-iot-core.md §2.7. */
const reasonCodes = {
  MALFORMED_PACKET: reason.malformedPacket,
  MALFORMED_LENGTH: reason.malformedPacket,
  PACKET_TOO_LARGE: reason.protocolError,
} as const

function endBecauseOf(broker: Broker, connection: Connection, error: unknown): void {
  const clientError = error instanceof MalformedPacketError || error instanceof FramingError
  endConnection(broker, connection, {
    reason: clientError ? 'CLIENT_ERROR' : 'SERVER_ERROR',
    reasonCode: clientError ? reasonCodes[error.code] : reason.unspecified,
    message: error instanceof Error ? error.message : String(error),
    ...(clientError && error.code === 'PACKET_TOO_LARGE' && { quota: 'packetBytes' }),
  })
}
