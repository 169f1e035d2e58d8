/**
 * Whether a packet's strings are the UTF-8 that MQTT wants: well-formed, and without U+0000 (MQTT 5.0 section 1.5.4,
 * MQTT 3.1.1 section 1.5.3). The parser puts U+FFFD where it cannot decode, so a packet in whose strings there are more of
 * them than in its bytes held what is no UTF-8. Both are counted once: thousands of strings cost no more than their bytes.
 *
 * @module
 */
import type { Packet } from 'mqtt-packet'
import { MalformedPacketError } from '../wire/parse-packet.ts'

const replacement = '\uFFFD'
const replacementBytes = Buffer.from(replacement)

/** Throws MalformedPacketError for a topic, client ID, username or property that is not UTF-8, or holds U+0000. */
export function checkStrings(packet: Packet, bytes: Buffer): void {
  const replaced = replacedIn(packet)
  if (replaced === 0) return
  // A publish ends with its payload, which may hold any bytes.
  const texts = packet.cmd === 'publish' ? bytes.subarray(0, bytes.length - packet.payload.length) : bytes
  if (replaced > occurrences(texts)) throw new MalformedPacketError('a text in the packet is not UTF-8')
}

/** How many U+FFFD its strings hold. Throws for U+0000. */
function replacedIn(packet: Packet): number {
  switch (packet.cmd) {
    case 'publish':
      return inString('topic', packet.topic) + (packet.properties ? inProperties(packet.properties) : 0)
    case 'subscribe':
      return packet.subscriptions.reduce((sum, { topic }) => sum + inString('filter', topic), 0)
    case 'unsubscribe':
      return packet.unsubscriptions.reduce((sum, filter) => sum + inString('filter', filter), 0)
    case 'connect':
      return (
        inString('client ID', packet.clientId) +
        inString('username', packet.username) +
        inString('Will topic', packet.will?.topic) +
        (packet.will?.properties ? inProperties(packet.will.properties) : 0)
      )
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
      return 0
  }
}

function inProperties({
  contentType,
  responseTopic,
  userProperties,
}: {
  readonly contentType?: string | undefined
  readonly responseTopic?: string | undefined
  readonly userProperties?: Readonly<Record<string, string | string[]>> | undefined
}): number {
  let replaced = inString('content type', contentType) + inString('response topic', responseTopic)
  for (const [name, values] of Object.entries(userProperties ?? {})) {
    // A name that comes again is told once: what its first has too many, the others have too.
    replaced += inString('user property', name)
    for (const value of Array.isArray(values) ? values : [values])
      replaced += inString('user property', value)
  }
  return replaced
}

/** A property that came twice is a list here; read-properties.ts refuses it. */
function inString(what: string, value: unknown): number {
  if (typeof value !== 'string') return 0
  if (value.includes('\0')) throw new MalformedPacketError(`the ${what} holds U+0000`)
  return value.includes(replacement) ? value.split(replacement).length - 1 : 0
}

function occurrences(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(replacementBytes); at >= 0; at = bytes.indexOf(replacementBytes, at + 3))
    count += 1
  return count
}
