/**
 * The MQTT 5 packets a broker sends, from a stream of chunks: a packet may straddle WebSocket frames, and a frame may
 * hold several packets ([MQTT-6.0.0-2]).
 *
 * @module
 */
import { BodyReader } from './bytes.ts'
import { MqttProtocolError } from './errors.ts'
import { type Properties, property, readProperties } from './properties.ts'

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
    }
  | {
      readonly type: 'suback' | 'unsuback'
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

  /** The packets that this chunk completes, in order. Throws MqttProtocolError, after which the stream is useless. */
  push(chunk: Uint8Array): IncomingPacket[] {
    this.#waiting = this.#waiting.length === 0 ? chunk : concatenate(this.#waiting, chunk)
    const packets: IncomingPacket[] = []
    for (;;) {
      const frame = takeFrame(this.#waiting)
      if (!frame) return packets
      this.#waiting = this.#waiting.subarray(frame.end)
      const read = readPacket(frame.firstByte, new BodyReader(frame.body))
      if (read) packets.push(read)
    }
  }
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function takeFrame(bytes: Uint8Array): { firstByte: number; body: Uint8Array; end: number } | undefined {
  let length = 0
  for (let at = 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    length += (byte & 127) * 128 ** (at - 1)
    if (byte < 128) {
      if (length > packetBytesMax) throw new MqttProtocolError(`a packet of ${length} bytes`)
      const end = at + 1 + length
      return end > bytes.length
        ? undefined
        : { firstByte: bytes[0] ?? 0, body: bytes.subarray(at + 1, end), end }
    }
    if (at === 4) throw new MqttProtocolError('a remaining length of more than four bytes')
  }
  return undefined
}

function readPacket(firstByte: number, body: BodyReader): IncomingPacket | undefined {
  switch (firstByte >> 4) {
    case 2: {
      body.byte()
      const reasonCode = body.byte()
      const properties = body.done ? {} : readProperties(body)
      return {
        type: 'connack',
        reasonCode,
        reason: text(properties),
        serverKeepAliveSeconds: properties[property.serverKeepAlive] as number | undefined,
      }
    }
    case 3: {
      const qos = (firstByte >> 1) & 3
      if (qos > 1) throw new MqttProtocolError(`a PUBLISH with QoS ${qos}, and none was subscribed`)
      const topic = body.utf8()
      const packetId = qos === 0 ? undefined : body.uint16()
      readProperties(body)
      return { type: 'publish', topic, qos, packetId, retain: (firstByte & 1) === 1, payload: body.rest() }
    }
    case 4:
      return undefined
    case 9:
    case 11: {
      const packetId = body.uint16()
      readProperties(body)
      return { type: firstByte >> 4 === 9 ? 'suback' : 'unsuback', packetId, reasonCodes: [...body.rest()] }
    }
    case 13:
      return { type: 'pingresp' }
    case 14: {
      const reasonCode = body.done ? 0 : body.byte()
      return { type: 'disconnect', reasonCode, reason: body.done ? undefined : text(readProperties(body)) }
    }
    default:
      throw new MqttProtocolError(
        `packet type ${firstByte >> 4}, which no broker sends to a client like this`,
      )
  }
}

const text = (properties: Properties): string | undefined =>
  properties[property.reasonString] as string | undefined
