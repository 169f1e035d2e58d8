/**
 * MQTT 5 properties, read by identifier. All have to be understood to find where a packet goes on; few are used.
 * MQTT 5.0 section 2.2.2.
 *
 * @module
 */
import { type BodyReader, readBody } from './bytes.ts'

// Identifiers of the properties the client uses.
export const responseTopic = 0x08
export const correlationData = 0x09
export const serverKeepAlive = 0x13
export const reasonString = 0x1f

/** By identifier; strings are their bytes. */
export type Properties = ReadonlyMap<number, number | Uint8Array>

/**
 * How each identifier's value is written, from 0x00 on: an integer of 1, 2 or 4 bytes, a string or binary data (s), a
 * pair of strings (p), a variable byte integer (v); a space where there is no such property. MQTT 5.0 table 2-4.
 */
const shapes = ' 14s    ss v     4s2 ss141s s  s 22211p4111'

/** The properties at the reader's place, behind their length. Throws a RangeError for an unknown one. */
export function readProperties(body: BodyReader): Properties {
  const properties = new Map<number, number | Uint8Array>()
  // A reader of their own, so that one which runs past the length is an error and not the next field. A packet may end
  // where its properties would begin.
  const reader = readBody(body.left() ? body.take(body.variableInteger()) : new Uint8Array(0))
  while (reader.left()) {
    const id = reader.uint(1)
    const shape = shapes[id] ?? ' '
    if (shape === ' ') throw new RangeError(`property ${id} is unknown`)
    properties.set(
      id,
      shape === 'v' ? reader.variableInteger() : Number(shape) ? reader.uint(Number(shape)) : reader.binary(),
    )
    if (shape === 'p') reader.binary()
  }
  return properties
}
