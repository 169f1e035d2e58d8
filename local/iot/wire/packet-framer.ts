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

const empty = Buffer.alloc(0)

export class PacketFramer {
  readonly #packetBytesMax: number
  /** The beginning of a packet that is not whole, in a buffer that grows by doubling: frames of a byte cost no square. */
  #held: Buffer = empty
  #heldBytes = 0
  /** Bytes that make it worth looking again. */
  #wanted = 0

  constructor(packetBytesMax: number) {
    this.#packetBytesMax = packetBytesMax
  }

  /** Bytes kept of a packet that is not whole. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /**
   * Hands on each packet that is whole now, fixed header included, until one is answered with false. The bytes are the
   * caller's only during the call. Throws FramingError.
   */
  push(bytes: Buffer, take: (data: Buffer, start: number, end: number) => boolean): void {
    let data = bytes
    if (this.#heldBytes > 0) {
      this.#hold(bytes)
      if (this.#heldBytes < this.#wanted) return
      data = this.#held.subarray(0, this.#heldBytes)
      this.#held = empty
      this.#heldBytes = 0
    }
    let at = 0
    while (at < data.length) {
      const packetBytes = this.#packetBytes(data, at)
      // The rest of a header may be the next byte.
      this.#wanted = packetBytes ?? data.length - at + 1
      if (packetBytes === undefined || packetBytes > data.length - at) break
      const start = at
      at += packetBytes
      if (!take(data, start, at)) return
    }
    if (at < data.length) this.#hold(data.subarray(at))
  }

  /** Copies, so that a few bytes do not hold on to a whole frame. */
  #hold(bytes: Buffer): void {
    const needed = this.#heldBytes + bytes.length
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#held.length))
      this.#held.copy(larger, 0, 0, this.#heldBytes)
      this.#held = larger
    }
    bytes.copy(this.#held, this.#heldBytes)
    this.#heldBytes = needed
  }

  /** Length of the packet that begins at `start`, or undefined while its header is not whole. */
  #packetBytes(data: Buffer, start: number): number | undefined {
    let remaining = 0
    for (let at = 1; at <= 4; at += 1) {
      const byte = data[start + at]
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
