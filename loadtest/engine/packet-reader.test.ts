import fc from 'fast-check'
import { generate } from 'mqtt-packet'
import { expect, test } from 'vitest'
import { PacketReader, WireError } from './packet-reader.ts'

/** A server's frame: not masked. */
function frame(payload: Buffer, opcode = 2): Buffer {
  const { length } = payload
  const header =
    length < 126
      ? Buffer.from([0x80 | opcode, length])
      : Buffer.from([0x80 | opcode, 126, length >> 8, length & 0xff])
  return Buffer.concat([header, payload])
}

function read(chunks: readonly Buffer[]): string[] {
  const reader = new PacketReader()
  const heard: string[] = []
  for (const chunk of chunks)
    reader.read(Buffer.concat([Buffer.from('before'), chunk, Buffer.from('after')]), 6, 6 + chunk.length, {
      onPublish: ({ bytes, topicFrom, topicTo, payloadFrom, payloadTo, retained, packetId }) =>
        heard.push(
          `${bytes.toString('utf8', topicFrom, topicTo)} ${bytes.toString('utf8', payloadFrom, payloadTo)} ${retained} ${packetId}`,
        ),
      onPacket: (type, bytes, from, to) => heard.push(`${type} ${bytes.subarray(from, to).toString('hex')}`),
      onPing: (payload) => heard.push(`ping ${payload.toString()}`),
      onClose: (code) => heard.push(`close ${code}`),
    })
  return heard
}

const message = fc.record({
  topic: fc.stringMatching(/^[a-z/]{1,40}$/),
  payload: fc.string({ maxLength: 300, unit: 'grapheme-ascii' }),
  retain: fc.boolean(),
  messageId: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
  properties: fc.record({ contentType: fc.option(fc.string({ maxLength: 200 }), { nil: undefined }) }),
})

// RFC 6455 section 5.4, MQTT 5.0 section 6: neither frames nor reads need fall together with packets.
test('hears every packet, however frames and reads are cut', () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(4000)),
      fc.array(fc.nat(4000)),
      (messages, frameCuts, readCuts) => {
        const packets = messages.map(({ topic, payload, retain, messageId, properties }) =>
          generate(
            {
              cmd: 'publish',
              topic,
              payload,
              retain,
              dup: false,
              qos: messageId === undefined ? 0 : 1,
              ...(messageId === undefined ? {} : { messageId }),
              ...(properties.contentType === undefined
                ? {}
                : { properties: { contentType: properties.contentType } }),
            },
            { protocolVersion: 5 },
          ),
        )
        const frames = cut(Buffer.concat(packets), frameCuts).map((part) => frame(part))
        const heard = read(cut(Buffer.concat([...frames, frame(Buffer.from([3, 232]), 8)]), readCuts))
        expect(heard).toEqual([
          ...messages.map(
            ({ topic, payload, retain, messageId }) => `${topic} ${payload} ${retain} ${messageId ?? 0}`,
          ),
          'close 1000',
        ])
      },
    ),
    { numRuns: 300 },
  )
})

test('any bytes at all are read or refused', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (chunks) => {
      const error = errorOf(() => read(chunks.map((chunk) => Buffer.from(chunk))))
      expect(error === undefined || error instanceof WireError).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['a masked frame', Buffer.from([0x82, 0x81, 1, 2, 3, 4, 5])],
  ['text', frame(Buffer.from('x'), 1)],
  ['a frame over the bound, by its header', Buffer.from([0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0])],
  ['a remaining length without an end', frame(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 1]))],
  ['a PUBLISH whose topic is longer than it', frame(Buffer.from([0x30, 3, 0, 9, 0x61]))],
])('refuses %s', (_, bytes) => {
  expect(() => read([bytes])).toThrow(WireError)
})

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...cuts.map((one) => one % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.map((end, index) => bytes.subarray(at[index - 1] ?? 0, end)).filter(({ length }) => length > 0)
}

function errorOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}
