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
  /** Where the packet ID of a QoS 1 PUBLISH is, which each receiver has its own of; 0 for other packets. */
  readonly packetIdAt: number
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
  return { bytes, packetAt, packetIdAt: isAtLeastOnce(packet) ? packetAt + packetIdAt(packet) : 0 }
}

/** A PUBLISH of QoS 1, by its first byte. MQTT 5.0 section 3.3.1. */
function isAtLeastOnce(packet: Buffer): boolean {
  return ((packet[0] ?? 0) & 0xf6) === 0x32
}

/** After the fixed header (one byte and the remaining length) and the topic (two bytes of length). MQTT 5.0 section 3.3. */
function packetIdAt(packet: Buffer): number {
  let at = 1
  while ((packet[at] ?? 0) >= 0x80) at += 1
  at += 1
  return at + 2 + packet.readUInt16BE(at)
}
