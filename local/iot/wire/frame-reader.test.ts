import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clientFrame, type ClientFrame, clientFrameHeader } from '../testing/client-frame.ts'
import { FrameReader, WebSocketError } from './frame-reader.ts'

const messageBytesMax = 1000
const [continuation, text, binary, close, ping, pong] = [0, 1, 2, 8, 9, 10]

interface Heard {
  data: string
  pings: string[]
  closes: (number | undefined)[]
}

/** What a reader says of these chunks. */
function read(chunks: readonly Buffer[]): Heard {
  const reader = new FrameReader(messageBytesMax)
  const data: Buffer[] = []
  const pings: string[] = []
  const closes: (number | undefined)[] = []
  for (const chunk of chunks)
    reader.read(Buffer.from(chunk), {
      onData: (bytes) => data.push(Buffer.from(bytes)),
      onPing: (payload) => pings.push(payload.toString('hex')),
      onClose: (code) => closes.push(code),
    })
  return { data: Buffer.concat(data).toString('hex'), pings, closes }
}

/** The close code that these frames are answered with. */
function refusal(...frames: readonly Buffer[]): string | undefined {
  try {
    read(frames)
  } catch (error) {
    return error instanceof WebSocketError ? error.code : String(error)
  }
  return undefined
}

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })
const mask = fc.uint8Array({ minLength: 4, maxLength: 4 })
const control = fc.record({ opcode: fc.constantFrom(ping, pong), payload: bytes(125), mask })

/** A message in as many frames as it has parts, with control frames before each. RFC 6455 section 5.4. */
const message = fc
  .array(fc.tuple(fc.array(control, { maxLength: 2 }), bytes(200), mask), { minLength: 1, maxLength: 5 })
  .map((parts) =>
    parts.flatMap(([controls, payload, mask], index): ClientFrame[] => [
      ...controls,
      { opcode: index === 0 ? binary : continuation, final: index === parts.length - 1, payload, mask },
    ]),
  )

// RFC 6455 section 5.4: a message comes in any number of frames, control frames among them; TCP cuts anywhere.
test('hears what was said, however it was fragmented and wherever it was cut', () => {
  const hex = (payload: Uint8Array | undefined): string => Buffer.from(payload ?? []).toString('hex')
  fc.assert(
    fc.property(fc.array(message, { maxLength: 4 }), fc.array(fc.nat(3000)), (messages, cuts) => {
      const frames = messages.flat()
      const stream = Buffer.concat(
        [...frames, { opcode: close, payload: Buffer.from([3, 232]) }].map(clientFrame),
      )
      const at = [...cuts.map((cut) => cut % stream.length).sort((a, b) => a - b), stream.length]
      const heard = read(at.map((end, index) => stream.subarray(at[index - 1] ?? 0, end)))
      expect(heard).toEqual({
        data: frames
          .filter(({ opcode }) => opcode < close)
          .map(({ payload }) => hex(payload))
          .join(''),
        pings: frames.filter(({ opcode }) => opcode === ping).map(({ payload }) => hex(payload)),
        closes: [1000],
      })
    }),
    { numRuns: 300 },
  )
})

test('any bytes at all are read or refused, never worse', () => {
  const frame = fc.tuple(
    fc.nat(255),
    fc.constantFrom(0, 1, 125, 126, 999, 1001, 65_536, 2 ** 40),
    mask,
    bytes(130),
  )
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
      const chunks = frames.map(([first, length, mask, payload]) =>
        Buffer.concat([clientFrameHeader(first, length), mask, payload]),
      )
      expect([undefined, 'protocolError', 'unsupportedData', 'invalidPayload', 'messageTooBig']).toContain(
        refusal(...chunks),
      )
    }),
    { numRuns: 1000 },
  )
})

test.each([
  ['an unmasked frame', [Buffer.from([0x82, 1, 7])], 'protocolError'],
  ['a reserved bit', [clientFrame({ opcode: binary, reserved: 0x40 })], 'protocolError'],
  ['a reserved opcode', [clientFrame({ opcode: 3 })], 'protocolError'],
  ['a continuation of nothing', [clientFrame({ opcode: continuation })], 'protocolError'],
  [
    'a message inside a message',
    [clientFrame({ opcode: binary, final: false }), clientFrame({ opcode: binary })],
    'protocolError',
  ],
  ['a ping in parts', [clientFrame({ opcode: ping, final: false })], 'protocolError'],
  ['a ping of 126 bytes', [clientFrame({ opcode: ping, payload: Buffer.alloc(126) })], 'protocolError'],
  ['half a close code', [clientFrame({ opcode: close, payload: Buffer.from([3]) })], 'protocolError'],
  [
    'close code 1006, which nobody sends',
    [clientFrame({ opcode: close, payload: Buffer.from([3, 238]) })],
    'protocolError',
  ],
  [
    'a close reason that is not UTF-8',
    [clientFrame({ opcode: close, payload: Buffer.from([3, 232, 0xff]) })],
    'invalidPayload',
  ],
  ['text, since MQTT is binary', [clientFrame({ opcode: text })], 'unsupportedData'],
  [
    'a message over the bound, by its header',
    [Buffer.concat([clientFrameHeader(0x82, 1001), Buffer.alloc(4)])],
    'messageTooBig',
  ],
  [
    'a message of 2^40 bytes, by its header',
    [Buffer.concat([clientFrameHeader(0x82, 2 ** 40), Buffer.alloc(4)])],
    'messageTooBig',
  ],
  [
    'fragments that together are over the bound',
    [
      clientFrame({ opcode: binary, final: false, payload: Buffer.alloc(600) }),
      clientFrame({ opcode: continuation, payload: Buffer.alloc(600) }),
    ],
    'messageTooBig',
  ],
])('refuses %s (RFC 6455 section 5)', (_, frames, code) => {
  expect(refusal(...frames)).toBe(code)
})

test('two messages may together be over the bound, and a close may have no code', () => {
  const half = clientFrame({ opcode: binary, payload: Buffer.alloc(600) })
  expect(read([half, half, clientFrame({ opcode: close })])).toMatchObject({ closes: [undefined] })
})

test('says nothing after the close', () => {
  const heard = read([
    Buffer.concat([
      clientFrame({ opcode: close }),
      clientFrame({ opcode: binary, payload: Buffer.from('x') }),
    ]),
  ])
  expect(heard.data).toBe('')
})
