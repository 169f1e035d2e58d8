/** Bytes that MQTT forbids: each ends the connection. docs/aws-iot-core.md §2.1, §2.2, §2.7. */
import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.ts'
import type { Version } from '../target.ts'

/** `a` as a string of MQTT, and a packet ID. */
const a = [0, 1, 0x61] as const
const id = [0, 1] as const

/** After the CONNACK: first byte, and what follows the length. */
const packets: readonly [version: Version, what: string, first: number, rest: readonly number[]][] = [
  [4, 'a QoS 1 publish with packet ID 0', 0x32, [...a, 0, 0, 0x78]],
  [4, 'a QoS 1 publish without packet ID', 0x32, [...a]],
  [4, 'a publish with both QoS bits', 0x36, [...a, ...id, 0x78]],
  [4, 'a QoS 0 publish with DUP', 0x38, [...a, 0x78]],
  [4, 'a publish whose topic ends after it', 0x30, [0, 9, 0x61]],
  [4, 'a publish without a topic', 0x30, [0, 0, 0x78]],
  [4, 'a SUBSCRIBE without its flags', 0x80, [...id, ...a, 0]],
  [4, 'a SUBSCRIBE with packet ID 0', 0x82, [0, 0, ...a, 0]],
  [4, 'a SUBSCRIBE without a filter', 0x82, [...id]],
  [4, 'a SUBSCRIBE with an empty filter', 0x82, [...id, 0, 0, 0]],
  [4, 'a SUBSCRIBE whose filter has no QoS', 0x82, [...id, ...a]],
  [4, 'a SUBSCRIBE with QoS 3', 0x82, [...id, ...a, 3]],
  [4, 'a SUBSCRIBE with reserved bits', 0x82, [...id, ...a, 0xfc]],
  [4, 'an UNSUBSCRIBE without a filter', 0xa2, [...id]],
  [4, 'an UNSUBSCRIBE without its flags', 0xa0, [...id, ...a]],
  [4, 'a PUBACK without packet ID', 0x40, [0]],
  [4, 'a DISCONNECT with flags', 0xe1, []],
  [4, 'a packet that servers send', 0xd0, []],
  [4, 'AUTH', 0xf0, []],
  [4, 'a packet of no type', 0x00, []],
  [5, 'a publish with a property of CONNECT', 0x30, [...a, 5, 0x11, 0, 0, 0, 1, 0x78]],
  [5, 'a publish with a property twice', 0x30, [...a, 8, 3, ...a, 3, ...a, 0x78]],
  [5, 'a publish with an unknown property', 0x30, [...a, 2, 0x7f, 1]],
  [5, 'a publish whose property is cut short', 0x30, [...a, 2, 3, 0]],
  [5, 'a publish whose properties end after it', 0x30, [...a, 90, 1, 1]],
  [5, 'a user property without a value', 0x30, [...a, 4, 0x26, ...a]],
  [5, 'a publish with neither topic nor alias', 0x30, [0, 0, 0, 0x78]],
  [5, 'a SUBSCRIBE with packet ID 0', 0x82, [0, 0, 0, ...a, 0]],
  [5, 'a SUBSCRIBE without a filter', 0x82, [...id, 0]],
  [5, 'a SUBSCRIBE whose filter has no options', 0x82, [...id, 0, ...a]],
  [5, 'a SUBSCRIBE with reserved bits', 0x82, [...id, 0, ...a, 0xc0]],
  [5, 'a SUBSCRIBE with Retain Handling 3', 0x82, [...id, 0, ...a, 0x30]],
  [5, 'a SUBSCRIBE with QoS 3', 0x82, [...id, 0, ...a, 3]],
  [5, 'a SUBSCRIBE with a property of PUBLISH', 0x82, [...id, 3, 0x23, 0, 1, ...a, 0]],
  [5, 'an UNSUBSCRIBE with packet ID 0', 0xa2, [0, 0, 0, ...a]],
  [5, 'an UNSUBSCRIBE without a filter', 0xa2, [...id, 0]],
  [5, 'an UNSUBSCRIBE whose filter is cut short', 0xa2, [...id, 0, ...a, 0]],
  [5, 'a PUBACK with packet ID 0', 0x40, [0, 0]],
  [5, 'a DISCONNECT with an unknown reason', 0xe0, [5, 0]],
  [5, 'a CONNACK', 0x20, [0, 0, 0]],
]

/** Instead of a CONNECT: its level and flags, and what follows the keep-alive. */
const connects: readonly [what: string, level: number, flags: number, rest: readonly number[]][] = [
  ['its reserved flag set', 4, 0x03, [...a]],
  ['a QoS for no Will', 4, 0x0a, [...a]],
  ['RETAIN for no Will', 4, 0x22, [...a]],
  ['a Will of QoS 3', 4, 0x1e, [...a, ...a, ...a]],
  ['a password without a username', 4, 0x42, [...a, ...a]],
  ['a username that is not there', 4, 0x82, [...a]],
  ['bytes after its last field', 4, 0x02, [...a, 1, 2, 3]],
  ['a client ID that is no UTF-8', 4, 0x02, [0, 1, 0xff]],
  ['U+0000 in its client ID', 4, 0x02, [0, 1, 0]],
  ['a property twice', 5, 0x02, [10, 0x11, 0, 0, 0, 1, 0x11, 0, 0, 0, 1, ...a]],
  ['a property of PUBLISH', 5, 0x02, [3, 0x23, 0, 1, ...a]],
  ['an unknown property in its Will', 5, 0x06, [0, ...a, 2, 0x7f, 1, ...a, ...a]],
  ['bytes after its last field', 5, 0x02, [0, ...a, 1, 2]],
]

/** What is no CONNECT at all. */
const firstBytes: readonly [what: string, bytes: readonly number[]][] = [
  ['no CONNECT', [0xc0, 0]],
  ['a length of five bytes', [0x10, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ['a CONNECT whose field ends after it', [0x10, 6, 0, 4, 0x4d, 0x51, 0x54, 0x54]],
  ['a CONNECT of another protocol', [0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x58, 4, 2, 0, 60, ...a]],
  ['bytes of no type', [0x00, 0]],
]

const mqtt = [0, 4, 0x4d, 0x51, 0x54, 0x54] as const

export const malformedCases: readonly ConformanceCase[] = [
  ...packets.map(([version, what, first, rest]): ConformanceCase => ({
    section: '§2.2',
    name: `${what} ends the connection`,
    versions: [version],
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.connect('a')
      speaker.sendBytes([first, rest.length, ...rest])
      const disconnect = await speaker.ended()
      // Malformed or a protocol error: MQTT leaves some to the server, and the server may say nothing.
      if (disconnect)
        assert.ok([0x81, 0x82, 0x90].includes(disconnect.reasonCode ?? 0), `${disconnect.reasonCode}`)
    },
  })),
  ...connects.map(([what, level, flags, rest]): ConformanceCase => ({
    section: '§2.1',
    name: `closes on a CONNECT with ${what}`,
    versions: [level === 5 ? 5 : 4],
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.open()
      const bytes = [...mqtt, level, flags, 0, 60, ...rest]
      speaker.sendBytes([0x10, bytes.length, ...bytes])
      await speaker.ended()
      assert.ok(!speaker.heard('connack'))
    },
  })),
  ...firstBytes.map(([what, bytes]): ConformanceCase => ({
    section: '§2.1',
    name: `closes when the first packet is ${what}`,
    versions: [4],
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.open()
      speaker.sendBytes(bytes)
      await speaker.ended()
    },
  })),
  {
    section: '§1',
    name: 'a protocol level that is not known is refused as such',
    versions: [4],
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.open()
      speaker.sendBytes([0x10, 13, ...mqtt, 6, 2, 0, 60, ...a])
      assert.equal((await speaker.expect('connack')).returnCode, 1)
      await speaker.ended()
    },
  },
]
