/**
 * The MQTT 5 packets a broker sends, from a stream of chunks: a packet may straddle WebSocket frames, and a frame may
 * hold several packets ([MQTT-6.0.0-2]).
 *
 * @module
 */
import { type BodyReader, concatenated, decodeText, readBody } from './bytes.ts'
import { correlationData, readProperties, reasonString, serverKeepAlive } from './properties.ts'

export type IncomingPacket =
  | {
      readonly type: 'connack'
      readonly reasonCode: number
      readonly reason: string
      /** The keep-alive in force, when the broker wants another than was asked. */
      readonly serverKeepAliveSeconds: number | undefined
    }
  | {
      readonly type: 'publish'
      readonly topic: string
      /** 0 with QoS 0. */
      readonly packetId: number
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
  | { readonly type: 'disconnect'; readonly reasonCode: number; readonly reason: string }

/** A packet of more than this is refused, bytes: AWS IoT Core sends at most 146 KB, so more is no MQTT. */
const packetBytesMax = 256 * 1024

/**
 * Puts chunks together and takes packets out; one for each connection. The answer has the packets that a chunk
 * completes, in order. It throws for bytes that are not MQTT 5, after which the stream is useless.
 */
export function createPacketReader(): (chunk: Uint8Array) => IncomingPacket[] {
  let bytes: Uint8Array = new Uint8Array(0)
  return (chunk) => {
    bytes = bytes.length > 0 ? concatenated(bytes, chunk) : chunk
    const packets: IncomingPacket[] = []
    for (let end = frameEnd(bytes); end <= bytes.length; end = frameEnd(bytes)) {
      const body = readBody(bytes.subarray(0, end))
      const firstByte = body.uint(1)
      body.variableInteger()
      packets.push(readPacket(firstByte, body))
      bytes = bytes.subarray(end)
    }
    return packets
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
  switch (firstByte >> 4) {
    case 2:
      body.take(1)
      return { type: 'connack', ...readOutcome(body) }
    case 3: {
      const qos = (firstByte >> 1) & 3
      if (qos > 1) throw new RangeError(`a packet with QoS ${qos}`)
      return {
        type: 'publish',
        topic: decodeText(body.binary()),
        packetId: qos && body.uint(2),
        correlationData: readProperties(body).get(correlationData) as Uint8Array | undefined,
        payload: body.take(),
      }
    }
    case 4:
      // The reason code before the properties, and neither when it is 0; section 3.4.2.
      return { type: 'ack', packetId: body.uint(2), reasonCodes: [readCode(body)] }
    case 9:
    case 11: {
      const packetId = body.uint(2)
      readProperties(body)
      return { type: 'ack', packetId, reasonCodes: [...body.take()] }
    }
    case 13:
      return { type: 'pingresp' }
    case 14:
      return { type: 'disconnect', ...readOutcome(body) }
    default:
      throw new RangeError(`a packet of type ${firstByte >> 4}`)
  }
}

const readCode = (body: BodyReader): number => (body.left() ? body.uint(1) : 0)

function readOutcome(body: BodyReader): {
  reasonCode: number
  reason: string
  serverKeepAliveSeconds: number | undefined
} {
  const reasonCode = readCode(body)
  const properties = readProperties(body)
  return {
    reasonCode,
    reason: decodeText(properties.get(reasonString) as Uint8Array | undefined),
    serverKeepAliveSeconds: properties.get(serverKeepAlive) as number | undefined,
  }
}
