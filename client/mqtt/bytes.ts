/**
 * MQTT's data representations: integers, strings with a length before them, variable byte integers.
 * MQTT 5.0 section 1.5.
 *
 * @module
 */

const encoder = new TextEncoder()
// Fatal, because a string that is no UTF-8 is a malformed packet. MQTT 5.0 [MQTT-1.5.4-1]
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Two bytes, big endian. */
export const uint16 = (value: number): number[] => [value >> 8, value & 0xff]

/** Bytes behind their length, which is 65,535 at most. */
export const binary = (bytes: Uint8Array): number[] => [...uint16(bytes.length), ...bytes]

/** A UTF-8 string behind its length. */
export const utf8 = (text: string): number[] => binary(encoder.encode(text))

/** A variable byte integer: seven bits a byte, the lowest first. At most 268,435,455. */
export const variableInteger = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...variableInteger(value >> 7)]

/** A packet: its first byte, the length of the rest, the rest. */
export function packet(
  firstByte: number,
  head: readonly number[] = [],
  payload: Uint8Array = new Uint8Array(0),
): Uint8Array<ArrayBuffer> {
  const start = [firstByte, ...variableInteger(head.length + payload.length), ...head]
  const bytes = new Uint8Array(start.length + payload.length)
  bytes.set(start)
  bytes.set(payload, start.length)
  return bytes
}

/** Reads one packet's body from front to back. Every method throws a RangeError when the body is too short. */
export class BodyReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** The next `length` bytes, not copied; without a length all that is left. */
  take(length = this.#bytes.length - this.#at): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new RangeError('a packet ends before its last field')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  /** An unsigned integer of this many bytes. */
  uint(bytes: number): number {
    return this.take(bytes).reduce((value, byte) => value * 256 + byte, 0)
  }

  variableInteger(): number {
    let value = 0
    for (let unit = 1; unit <= 128 ** 3; unit *= 128) {
      const byte = this.uint(1)
      value += (byte & 127) * unit
      if (byte < 128) return value
    }
    throw new RangeError('a variable byte integer has more than four bytes')
  }

  /** Bytes behind their length. */
  binary(): Uint8Array {
    return this.take(this.uint(2))
  }
}

/** UTF-8 as text. Throws a TypeError for bytes that are none. */
export const decodeText = (bytes: Uint8Array): string => decoder.decode(bytes)
