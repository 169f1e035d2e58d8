/**
 * What the load test's clients say, as bytes that are made once: WebSocket frames (RFC 6455 section 5) whose masking key is 0, so
 * that the MQTT 5 packet in them stands there as it is.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'

/** Seconds between packets that AWS IoT Core takes at the most; fewer pings cannot be had. docs/aws-iot-core.md §2.1. */
export const keepAliveSeconds = 1200

/** The request that opens the WebSocket. `path` has its query. RFC 6455 section 4.1. */
export function upgradeRequest(host: string, path: string): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n` +
    'Sec-WebSocket-Protocol: mqtt\r\n\r\n'
  )
}

/** CONNECT with a clean start, MQTT 5.0 section 3.1. */
export function connectFrame(clientId: string): Buffer {
  return frame(
    packet(
      0x10,
      Buffer.concat([
        text('MQTT'),
        Buffer.from([5, 2, keepAliveSeconds >> 8, keepAliveSeconds & 0xff, 0]),
        text(clientId),
      ]),
    ),
  )
}

/** SUBSCRIBE, section 3.8. AWS IoT Core takes at most 8 filters in one. docs/aws-iot-core.md §2.3. */
export function subscribeFrame(packetId: number, filters: readonly string[], qos: 0 | 1): Buffer {
  const wanted = filters.flatMap((filter) => [text(filter), Buffer.from([qos])])
  return frame(packet(0x82, Buffer.concat([Buffer.from([packetId >> 8, packetId & 0xff, 0]), ...wanted])))
}

/** PUBLISH with no properties, section 3.3; `packetId` for QoS 1. */
export function publishFrame(topic: string, payload: Uint8Array, packetId?: number): Buffer {
  const head = packetId === undefined ? Buffer.from([0]) : Buffer.from([packetId >> 8, packetId & 0xff, 0])
  return frame(packet(packetId === undefined ? 0x30 : 0x32, Buffer.concat([text(topic), head, payload])))
}

/** PINGREQ, section 3.12. */
export const pingFrame = frame(Buffer.from([0xc0, 0]))

/** DISCONNECT, section 3.14: a client that leaves says so. */
export const disconnectFrame = frame(Buffer.from([0xe0, 0]))

/** Bytes of a PUBACK in its frame. */
export const pubackBytes = 10

/** Writes a PUBACK with its frame into a buffer of zeros or of other PUBACKs. Section 3.4. */
export function writePuback(target: Buffer, at: number, packetId: number): void {
  target[at] = 0x82
  target[at + 1] = 0x84
  target[at + 6] = 0x40
  target[at + 7] = 2
  target[at + 8] = packetId >> 8
  target[at + 9] = packetId & 0xff
}

/** A frame with one control opcode and a payload of at most 125 bytes. */
export function controlFrame(opcode: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}

function frame(payload: Uint8Array): Buffer {
  const { length } = payload
  const header = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14)
  header[0] = 0x82
  header[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127)
  if (length >= 65_536) header.writeBigUInt64BE(BigInt(length), 2)
  else if (length >= 126) header.writeUInt16BE(length, 2)
  return Buffer.concat([header, payload])
}

/** Fixed header and the rest. Section 2.1. */
function packet(first: number, rest: Uint8Array): Buffer {
  const head = [first]
  let left = rest.length
  do {
    head.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0))
    left >>>= 7
  } while (left > 0)
  return Buffer.concat([Buffer.from(head), rest])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}
