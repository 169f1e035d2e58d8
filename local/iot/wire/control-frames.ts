/**
 * The control frames that the broker sends. RFC 6455 section 5.5.
 *
 * @module
 */
import type { Frame } from './frame.ts'

/** A Close with its code and no reason. */
export function closeFrame(code: number): Buffer {
  return Buffer.from([0x88, 2, code >> 8, code & 0xff])
}

/** The answer to a Ping of this payload, at most 125 bytes. It holds no MQTT packet. */
export function pongFrame(payload: Buffer): Frame {
  const bytes = Buffer.concat([Buffer.from([0x8a, payload.length]), payload])
  return { bytes, packetAt: bytes.length, packetIdAt: 0 }
}
