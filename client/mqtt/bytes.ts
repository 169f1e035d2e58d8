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
  return concatenated([firstByte, ...variableInteger(head.length + payload.length), ...head], payload)
}

/** Both, one after the other. */
export function concatenated(first: ArrayLike<number>, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}

/** Reads from front to back. Every method throws a RangeError when there is too little left. */
export interface BodyReader {
  /** Bytes left. */
  left(): number
  /** The next `length` bytes, not copied; without a length all that is left. */
  take(length?: number): Uint8Array
  /** An unsigned integer of this many bytes. */
  uint(bytes: number): number
  variableInteger(): number
  /** Bytes behind their length. */
  binary(): Uint8Array
}

/** A reader of one packet's body, or of a part of it. */
export function readBody(bytes: Uint8Array): BodyReader {
  let at = 0
  const left = (): number => bytes.length - at
  function take(length = left()): Uint8Array {
    if (length > left()) throw new RangeError('a packet is too short')
    return bytes.subarray(at, (at += length))
  }
  const uint = (size: number): number => take(size).reduce((value, byte) => value * 256 + byte, 0)
  function variableInteger(): number {
    const byte = uint(1)
    return byte < 128 ? byte : byte - 128 + 128 * variableInteger()
  }
  return { left, take, uint, variableInteger, binary: () => take(uint(2)) }
}

/** UTF-8 as text; none as `''`. Throws a TypeError for bytes that are none. */
export const decodeText = (bytes?: Uint8Array): string => decoder.decode(bytes)
