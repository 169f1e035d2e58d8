import fc from 'fast-check'
import { generate } from 'mqtt-packet'
import { expect, test } from 'vitest'
import { PacketFramer } from './packet-framer.ts'

/** The packets that are whole now. */
function push(framer: PacketFramer, bytes: Buffer): Buffer[] {
  const packets: Buffer[] = []
  framer.push(bytes, (data, start, end) => packets.push(Buffer.from(data.subarray(start, end))) > 0)
  return packets
}

// docs/aws-iot-core.md §1: packets straddle frames, and a frame holds several.
test('gives whole packets, wherever the stream was cut', () => {
  const packet = fc.uint8Array({ maxLength: 300 }).map((payload) =>
    generate({
      cmd: 'publish',
      topic: 't',
      qos: 0,
      dup: false,
      retain: false,
      payload: Buffer.from(payload),
    }),
  )
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 6 }), fc.array(fc.nat(1000)), (packets, cuts) => {
      const stream = Buffer.concat(packets)
      const at = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length]
      const framer = new PacketFramer(1000)
      const got = at.slice(1).flatMap((end, index) => push(framer, stream.subarray(at[index], end)))
      expect(got.map((bytes) => bytes.toString('hex'))).toEqual(packets.map((bytes) => bytes.toString('hex')))
    }),
  )
})

test('refuses a packet by its length, before its bytes', () => {
  const framer = new PacketFramer(1000)
  expect(() => push(framer, Buffer.from([0x30, 0xff, 0xff, 0x7f]))).toThrow(/at most 1000/)
})

test('refuses a length of five bytes', () => {
  const framer = new PacketFramer(1000)
  expect(() => push(framer, Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toThrow(/four bytes/)
})

// Joining what is held at each frame would copy 8 GB here, and stop the broker for seconds.
test('takes the largest packet a byte at a time', { timeout: 1000 }, () => {
  const packet = generate({
    cmd: 'publish',
    topic: 't',
    qos: 0,
    dup: false,
    retain: false,
    payload: Buffer.alloc(131_000, 7),
  })
  const framer = new PacketFramer(131_072)
  const got: Buffer[] = []
  for (let at = 0; at < packet.length; at += 1) got.push(...push(framer, packet.subarray(at, at + 1)))
  expect(got.map((whole) => whole.equals(packet))).toEqual([true])
})
