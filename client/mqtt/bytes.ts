/**
 * MQTT's data representations: integers, strings with a length before them, variable byte integers.
 * MQTT 5.0 section 1.5.
 *
 * @module
 */
import { MqttProtocolError } from './errors.ts'

const encoder = new TextEncoder()
// Fatal, because a string that is no UTF-8 is a malformed packet. MQTT 5.0 [MQTT-1.5.4-1]
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Two bytes, big endian. */
export const uint16 = (value: number): number[] => [value >> 8, value & 0xff]

/** A UTF-8 string behind its length. Throws a RangeError for one of more than 65,535 bytes. */
export function utf8(text: string): number[] {
  const bytes = encoder.encode(text)
  if (bytes.length > 0xff_ff)
    throw new RangeError(`an MQTT string has at most 65535 bytes; got ${bytes.length}`)
  return [...uint16(bytes.length), ...bytes]
}

/** A variable byte integer: seven bits a byte, the lowest first. */
export function variableInteger(value: number): number[] {
  const bytes = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low | 128 : low)
  } while (rest > 0)
  return bytes
}

/** A packet: its first byte, the length of the rest, the rest. */
export function packet(firstByte: number, ...parts: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  const body = parts.flat()
  return Uint8Array.from([firstByte, ...variableInteger(body.length), ...body])
}

/** Reads one packet's body from front to back. Every method throws MqttProtocolError when the body is too short. */
export class BodyReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw new MqttProtocolError('a packet ends before its last field')
    return value
  }

  uint16(): number {
    return this.byte() * 256 + this.byte()
  }

  uint32(): number {
    return this.uint16() * 65_536 + this.uint16()
  }

  variableInteger(): number {
    let value = 0
    for (let shift = 1; shift <= 128 ** 3; shift *= 128) {
      const byte = this.byte()
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
    throw new MqttProtocolError('a variable byte integer has more than four bytes')
  }

  /** The next `length` bytes, not copied. */
  take(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new MqttProtocolError('a packet ends before its last field')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  /** A reader of the next `length` bytes alone. */
  sub(length: number): BodyReader {
    return new BodyReader(this.take(length))
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#at)
  }

  utf8(): string {
    const bytes = this.take(this.uint16())
    try {
      return decoder.decode(bytes)
    } catch (cause) {
      throw new MqttProtocolError('a string is not UTF-8', { cause })
    }
  }
}
