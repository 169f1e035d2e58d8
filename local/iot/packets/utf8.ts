/**
 * Whether a packet's strings are the UTF-8 that MQTT wants: well-formed, and without U+0000 (MQTT 5.0 section 1.5.4,
 * MQTT 3.1.1 section 1.5.3). The parser puts U+FFFD where it cannot decode, so only a string that has one is looked
 * for in the packet's bytes.
 *
 * @module
 */
import type { Packet } from 'mqtt-packet'
import { MalformedPacketError } from '../wire/parse-packet.ts'

const replacement = '\uFFFD'

/** Throws MalformedPacketError for a topic, client ID, username or property that is not UTF-8, or holds U+0000. */
export function checkStrings(packet: Packet, bytes: Buffer): void {
  switch (packet.cmd) {
    case 'publish':
      checkString('topic', packet.topic, bytes)
      if (packet.properties) checkProperties(packet.properties, bytes)
      return
    case 'subscribe':
      for (const { topic } of packet.subscriptions) checkString('filter', topic, bytes)
      return
    case 'unsubscribe':
      for (const filter of packet.unsubscriptions) checkString('filter', filter, bytes)
      return
    case 'connect':
      checkString('client ID', packet.clientId, bytes)
      if (packet.username !== undefined) checkString('username', packet.username, bytes)
      if (packet.will) {
        checkString('Will topic', packet.will.topic, bytes)
        if (packet.will.properties) checkProperties(packet.will.properties, bytes)
      }
      return
    case 'auth':
    case 'connack':
    case 'disconnect':
    case 'pingreq':
    case 'pingresp':
    case 'puback':
    case 'pubcomp':
    case 'pubrec':
    case 'pubrel':
    case 'suback':
    case 'unsuback':
  }
}

function checkProperties(
  properties: {
    readonly contentType?: string | undefined
    readonly responseTopic?: string | undefined
    readonly userProperties?: Readonly<Record<string, string | string[]>> | undefined
  },
  bytes: Buffer,
): void {
  const { contentType, responseTopic, userProperties } = properties
  if (contentType !== undefined) checkString('content type', contentType, bytes)
  if (responseTopic !== undefined) checkString('response topic', responseTopic, bytes)
  for (const [name, values] of Object.entries(userProperties ?? {})) {
    checkString('user property', name, bytes)
    for (const value of Array.isArray(values) ? values : [values]) checkString('user property', value, bytes)
  }
}

/** A property that came twice is a list here; read-properties.ts refuses it. */
function checkString(what: string, value: unknown, bytes: Buffer): void {
  if (typeof value !== 'string') return
  if (value.includes('\0')) throw new MalformedPacketError(`the ${what} holds U+0000`)
  if (value.includes(replacement) && !bytes.includes(Buffer.from(value)))
    throw new MalformedPacketError(`the ${what} is not UTF-8`)
}
