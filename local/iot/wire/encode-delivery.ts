/**
 * Encodes a message for its receivers: once for each protocol version, QoS and RETAIN flag, however many there are.
 *
 * @module
 */
import type { IPublishPacket } from 'mqtt-packet'
import { type Message, secondsLeft } from '../message.ts'
import { encodeFrame, type Frame } from './frame.ts'
import type { ProtocolVersion } from './parse-packet.ts'

/**
 * The encoder of a message that is sent again later: the last one, unless its expiry has shrunk since. Many receivers
 * wait for the same messages when they all are slow.
 */
export function encoderFor(message: Message, now: number): DeliveryEncoder {
  const last = encoders.get(message)
  if (last?.tells(secondsLeft(message, now))) return last
  const encoder = new DeliveryEncoder(message, now)
  encoders.set(message, encoder)
  return encoder
}

const encoders = new WeakMap<Message, DeliveryEncoder>()

/** The frames of one message at one moment. */
export class DeliveryEncoder {
  readonly #message: Message
  /** The expiry that its frames tell; undefined for never. */
  readonly #secondsLeft: number | undefined
  readonly #frames: (Frame | undefined)[] = []

  constructor(message: Message, now: number) {
    this.#message = message
    this.#secondsLeft = secondsLeft(message, now)
  }

  /** Whether its frames tell this expiry, seconds. */
  tells(secondsLeft: number | undefined): boolean {
    return this.#secondsLeft === secondsLeft
  }

  /** The QoS 0 frame, shared by all its receivers: never change its bytes. */
  atMostOnce(version: ProtocolVersion, retain: boolean): Frame {
    return this.#frame(version, 0, retain)
  }

  /** The QoS 1 frame, shared too: its packet ID is written where it is sent. DUP is never set. docs/aws-iot-core.md §2.2. */
  atLeastOnce(version: ProtocolVersion, retain: boolean): Frame {
    return this.#frame(version, 1, retain)
  }

  #frame(version: ProtocolVersion, qos: 0 | 1, retain: boolean): Frame {
    const key = (version === 5 ? 4 : 0) + qos * 2 + (retain ? 1 : 0)
    return (this.#frames[key] ??= encodeFrame(
      publishPacket(this.#message, version, qos, retain, this.#secondsLeft),
      version,
    ))
  }
}

function publishPacket(
  message: Message,
  version: ProtocolVersion,
  qos: 0 | 1,
  retain: boolean,
  messageExpiryInterval: number | undefined,
): IPublishPacket {
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
