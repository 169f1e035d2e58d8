/**
 * Cuts a stream of bytes into whole MQTT packets, whatever WebSocket frames they came in. A packet's length is checked
 * before its bytes are kept, so nobody makes the broker hold more than one packet. MQTT 5.0 section 2.1.
 *
 * @module
 */

/** Bytes that are no MQTT packet, or a packet over the limit. */
export class FramingError extends Error {
  override readonly name = 'FramingError'
  readonly code: 'MALFORMED_LENGTH' | 'PACKET_TOO_LARGE'

  constructor(code: FramingError['code'], message: string) {
    super(message)
    this.code = code
  }
}

export class PacketFramer {
  readonly #packetBytesMax: number
  #rest: Buffer | undefined

  constructor(packetBytesMax: number) {
    this.#packetBytesMax = packetBytesMax
  }

  /** Yields each packet that is whole now, fixed header included. Throws FramingError. */
  *push(bytes: Buffer): Generator<Buffer> {
    let data = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes
    this.#rest = undefined
    while (data.length > 0) {
      const packetBytes = this.#packetBytes(data)
      if (packetBytes === undefined || packetBytes > data.length) break
      yield data.subarray(0, packetBytes)
      data = data.subarray(packetBytes)
    }
    // A copy, so that a few bytes do not hold on to a whole frame.
    if (data.length > 0) this.#rest = Buffer.from(data)
  }

  /** Length of the first packet, or undefined while its header is not whole. */
  #packetBytes(data: Buffer): number | undefined {
    let remaining = 0
    for (let at = 1; at <= 4; at += 1) {
      const byte = data[at]
      if (byte === undefined) return undefined
      remaining += (byte & 0x7f) * 128 ** (at - 1)
      if (byte < 0x80) {
        const whole = 1 + at + remaining
        if (remaining > this.#packetBytesMax)
          throw new FramingError(
            'PACKET_TOO_LARGE',
            `a packet of ${whole} bytes; at most ${this.#packetBytesMax} are taken`,
          )
        return whole
      }
    }
    throw new FramingError('MALFORMED_LENGTH', 'the remaining length has more than four bytes')
  }
}
