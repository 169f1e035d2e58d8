/**
 * MQTT 5 properties, read by identifier. All have to be understood to find where a packet goes on; few are used.
 * MQTT 5.0 section 2.2.2.
 *
 * @module
 */
import type { BodyReader } from './bytes.ts'
import { MqttProtocolError } from './errors.ts'

/** Identifiers of the properties the client uses. */
export const property = { serverKeepAlive: 0x13, reasonString: 0x1f } as const

/** By identifier. User properties, which may stand several times, are left out. */
export type Properties = Readonly<Record<number, number | string | Uint8Array | undefined>>

const bytes = new Set([0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a])
const uint16s = new Set([0x13, 0x21, 0x22, 0x23])
const uint32s = new Set([0x02, 0x11, 0x18, 0x27])
const strings = new Set([0x03, 0x08, 0x12, 0x15, 0x1a, 0x1c, 0x1f])
const binaries = new Set([0x09, 0x16])
const subscriptionIdentifier = 0x0b
const userProperty = 0x26

/** The properties at the reader's place, behind their length. Throws MqttProtocolError for an unknown one. */
export function readProperties(body: BodyReader): Properties {
  const properties: Record<number, number | string | Uint8Array> = {}
  // A reader of their own, so that one which runs past the length is an error and not the next field.
  const reader = body.sub(body.variableInteger())
  while (!reader.done) {
    const id = reader.variableInteger()
    if (bytes.has(id)) properties[id] = reader.byte()
    else if (uint16s.has(id)) properties[id] = reader.uint16()
    else if (uint32s.has(id)) properties[id] = reader.uint32()
    else if (strings.has(id)) properties[id] = reader.utf8()
    else if (binaries.has(id)) properties[id] = reader.take(reader.uint16())
    else if (id === subscriptionIdentifier) properties[id] = reader.variableInteger()
    else if (id === userProperty) {
      reader.take(reader.uint16())
      reader.take(reader.uint16())
    } else throw new MqttProtocolError(`property 0x${id.toString(16)} is unknown`)
  }
  return properties
}
