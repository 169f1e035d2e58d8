/**
 * An MQTT packet with its WebSocket frame before it. A server's frames are unmasked (RFC 6455 section 5.1), so one
 * frame serves every receiver.
 *
 * @module
 */
import { generate, type Packet } from 'mqtt-packet'
import type { ProtocolVersion } from './parse-packet.ts'

export interface Frame {
  /** WebSocket header and packet, one after the other. */
  readonly bytes: Buffer
  /** Where the packet begins in `bytes`. */
  readonly packetAt: number
}

/** Encodes a packet as one binary WebSocket frame. */
export function encodeFrame(packet: Packet, version: ProtocolVersion): Frame {
  return frameOf(generate(packet, { protocolVersion: version }))
}

function frameOf(packet: Buffer): Frame {
  const finBinary = 0x82
  const packetAt = packet.length < 126 ? 2 : packet.length < 65_536 ? 4 : 10
  const bytes = Buffer.allocUnsafe(packetAt + packet.length)
  bytes[0] = finBinary
  if (packetAt === 2) bytes[1] = packet.length
  else if (packetAt === 4) {
    bytes[1] = 126
    bytes.writeUInt16BE(packet.length, 2)
  } else {
    bytes[1] = 127
    bytes.writeUInt32BE(0, 2)
    bytes.writeUInt32BE(packet.length, 6)
  }
  packet.copy(bytes, packetAt)
  return { bytes, packetAt }
}
