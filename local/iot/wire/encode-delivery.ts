/**
 * Encodes a message for its receivers: once for each protocol version, QoS and RETAIN flag, however many there are.
 *
 * @module
 */
import type { IPublishPacket } from 'mqtt-packet'
import { type Message, secondsLeft } from '../message.ts'
import { encodeFrame, type Frame } from './frame.ts'
import type { ProtocolVersion } from './parse-packet.ts'

/** The frames of one message at one moment; made anew when it is sent later, since its expiry has shrunk. */
export class DeliveryEncoder {
  readonly #message: Message
  readonly #now: number
  readonly #frames: (Frame | undefined)[] = []

  constructor(message: Message, now: number) {
    this.#message = message
    this.#now = now
  }

  /** The QoS 0 frame, shared by all its receivers: never change its bytes. */
  atMostOnce(version: ProtocolVersion, retain: boolean): Frame {
    return this.#frame(version, 0, retain)
  }

  /** A QoS 1 frame of its own: the shared one with the packet ID written in. DUP is never set. docs/aws-iot-core.md §2.2. */
  atLeastOnce(version: ProtocolVersion, retain: boolean, packetId: number): Frame {
    const shared = this.#frame(version, 1, retain)
    const bytes = Buffer.from(shared.bytes)
    bytes.writeUInt16BE(packetId, packetIdAt(shared))
    return { bytes, packetAt: shared.packetAt }
  }

  /** Bytes of the packet, which a client's Maximum Packet Size bounds. */
  packetBytes(version: ProtocolVersion, qos: 0 | 1, retain: boolean): number {
    const frame = this.#frame(version, qos, retain)
    return frame.bytes.length - frame.packetAt
  }

  #frame(version: ProtocolVersion, qos: 0 | 1, retain: boolean): Frame {
    const key = (version === 5 ? 4 : 0) + qos * 2 + (retain ? 1 : 0)
    return (this.#frames[key] ??= encodeFrame(
      publishPacket(this.#message, version, qos, retain, this.#now),
      version,
    ))
  }
}

function publishPacket(
  message: Message,
  version: ProtocolVersion,
  qos: 0 | 1,
  retain: boolean,
  now: number,
): IPublishPacket {
  const messageExpiryInterval = secondsLeft(message, now)
  return {
    cmd: 'publish',
    topic: message.topic,
    payload: message.payload,
    qos,
    dup: false,
    retain,
    ...(qos === 1 ? { messageId: 1 } : {}),
    ...(version === 5
      ? {
          properties: {
            ...message.properties,
            ...(messageExpiryInterval === undefined ? {} : { messageExpiryInterval }),
          },
        }
      : {}),
  }
}

/** After the fixed header (one byte and the remaining length) and the topic (two bytes of length). MQTT 5.0 section 3.3. */
function packetIdAt({ bytes, packetAt }: Frame): number {
  let at = packetAt + 1
  while ((bytes[at] ?? 0) >= 0x80) at += 1
  at += 1
  return at + 2 + bytes.readUInt16BE(at)
}
