import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPacketReader, type IncomingPacket } from './decode.ts'

/** What comes of these bytes in chunks of this size: packets, then perhaps an error. */
function readAll(bytes: Uint8Array, size: number): { packets: IncomingPacket[]; error: unknown } {
  const read = createPacketReader()
  const packets: IncomingPacket[] = []
  try {
    for (let at = 0; at < bytes.length; at += size) packets.push(...read(bytes.slice(at, at + size)))
  } catch (error) {
    return { packets, error }
  }
  return { packets, error: undefined }
}

const aPacket = fc
  .record({
    first: fc.constantFrom(0x20, 0x30, 0x32, 0x40, 0x90, 0xb0, 0xd0, 0xe0),
    body: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ first, body }) => [[first, body.length], [...body]].flat())

test('any bytes are packets or an error, the same in whatever chunks they come', () => {
  fc.assert(
    fc.property(fc.array(aPacket, { maxLength: 5 }), fc.integer({ min: 1, max: 7 }), (packets, size) => {
      const bytes = Uint8Array.from(packets.flat())
      const whole = readAll(bytes, bytes.length || 1)
      const parts = readAll(bytes, size)
      expect(parts.error).toEqual(whole.error)
      // In one chunk the error comes instead of the packets before it.
      expect(whole.error ? [] : parts.packets).toEqual(whole.packets)
      expect(whole.error ?? new RangeError()).toSatisfy(
        (error) => error instanceof RangeError || error instanceof TypeError,
      )
    }),
    { numRuns: 3000 },
  )
})

test.each([
  ['a length without an end', [0x30, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ['a length of 256 MB', [0x30, 0xff, 0xff, 0xff, 0x7f]],
  [
    'a property of 200,000 bytes that has no end',
    [0x20, 0xc6, 0x9a, 0x0c, 0, 0, 0xc0, 0x9a, 0x0c, 0x0b, ...Array.from({ length: 200_000 }, () => 0x80)],
  ],
  ['an empty CONNACK', [0x20, 0]],
  ['a PUBLISH of QoS 3', [0x36, 4, 0, 1, 97, 0]],
  ['a packet of a client', [0x82, 2, 0, 1]],
])('%s is an error', (_what, bytes) => {
  expect(readAll(Uint8Array.from(bytes), bytes.length).error).toBeInstanceOf(RangeError)
})
