/**
 * The MQTT 5 packets a broker sends, from a stream of chunks: a packet may straddle WebSocket frames, and a frame may
 * hold several packets ([MQTT-6.0.0-2]).
 *
 * @module
 */
import { BodyReader, decodeText } from './bytes.ts'
import { correlationData, readProperties, reasonString, serverKeepAlive } from './properties.ts'

export type IncomingPacket =
  | {
      readonly type: 'connack'
      readonly reasonCode: number
      readonly reason: string | undefined
      /** The keep-alive in force, when the broker wants another than was asked. */
      readonly serverKeepAliveSeconds: number | undefined
    }
  | {
      readonly type: 'publish'
      readonly topic: string
      readonly qos: number
      /** Only with QoS 1. */
      readonly packetId: number | undefined
      readonly retain: boolean
      /** A view of the received bytes: copy it to keep it. */
      readonly payload: Uint8Array
      /** Which request this answers; a view, too. */
      readonly correlationData: Uint8Array | undefined
    }
  | {
      /** Answers SUBSCRIBE, UNSUBSCRIBE, or PUBLISH at QoS 1. */
      readonly type: 'ack'
      readonly packetId: number
      readonly reasonCodes: readonly number[]
    }
  | { readonly type: 'pingresp' }
  | { readonly type: 'disconnect'; readonly reasonCode: number; readonly reason: string | undefined }

/** A packet of more than this is refused, bytes: AWS IoT Core sends at most 146 KB, so more is no MQTT. */
const packetBytesMax = 256 * 1024

/** Puts chunks together and takes packets out. One for each connection. */
export class PacketReader {
  #waiting: Uint8Array = new Uint8Array(0)

  /** The packets that this chunk completes, in order. Throws for bytes that are not MQTT 5, after which the stream is useless. */
  push(chunk: Uint8Array): IncomingPacket[] {
    const before = this.#waiting
    let bytes = chunk
    if (before.length > 0) {
      bytes = new Uint8Array(before.length + chunk.length)
      bytes.set(before)
      bytes.set(chunk, before.length)
    }
    const packets: IncomingPacket[] = []
    for (;;) {
      const end = frameEnd(bytes)
      if (end > bytes.length) {
        this.#waiting = bytes
        return packets
      }
      const body = new BodyReader(bytes.subarray(1, end))
      body.variableInteger()
      packets.push(readPacket(bytes[0] ?? 0, body))
      bytes = bytes.subarray(end)
    }
  }
}

/** Where the first packet ends; Infinity while its length is not there yet. */
function frameEnd(bytes: Uint8Array): number {
  let length = 0
  for (let at = 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    length += (byte & 127) * 128 ** (at - 1)
    if (length > packetBytesMax || at > 4) throw new RangeError(`a packet of ${length} bytes`)
    if (byte < 128) return at + 1 + length
  }
  return Infinity
}

function readPacket(firstByte: number, body: BodyReader): IncomingPacket {
  const kind = firstByte >> 4
  switch (kind) {
    case 2:
      body.take(1)
      return { type: 'connack', ...readOutcome(body) }
    case 3: {
      const qos = (firstByte >> 1) & 3
      if (qos > 1) throw new RangeError(`a PUBLISH with QoS ${qos}`)
      const topic = decodeText(body.binary())
      const packetId = qos ? body.uint(2) : undefined
      const properties = readProperties(body)
      return {
        type: 'publish',
        topic,
        qos,
        packetId,
        retain: (firstByte & 1) === 1,
        correlationData: properties.get(correlationData) as Uint8Array | undefined,
        payload: body.take(),
      }
    }
    case 4:
    case 9:
    case 11: {
      const packetId = body.uint(2)
      // A PUBACK has its reason code before its properties, and leaves out both when it is 0; section 3.4.2.
      if (kind === 4) return { type: 'ack', packetId, reasonCodes: [body.done ? 0 : body.uint(1)] }
      readProperties(body)
      return { type: 'ack', packetId, reasonCodes: [...body.take()] }
    }
    case 13:
      return { type: 'pingresp' }
    case 14:
      return { type: 'disconnect', ...readOutcome(body) }
    default:
      throw new RangeError(`a packet of type ${kind}`)
  }
}

function readOutcome(body: BodyReader): {
  reasonCode: number
  reason: string | undefined
  serverKeepAliveSeconds: number | undefined
} {
  const reasonCode = body.done ? 0 : body.uint(1)
  const properties = readProperties(body)
  const reason = properties.get(reasonString) as Uint8Array | undefined
  return {
    reasonCode,
    reason: reason && decodeText(reason),
    serverKeepAliveSeconds: properties.get(serverKeepAlive) as number | undefined,
  }
}
