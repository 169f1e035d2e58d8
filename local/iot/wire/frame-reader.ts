/**
 * Reads WebSocket frames from a client. MQTT is a stream that does not care about frames (MQTT 5.0 section 6), so bytes
 * of data are handed on as they come and nothing but a header or a control frame is ever held. RFC 6455 section 5.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer'

/** Close codes that the broker sends. RFC 6455 section 7.4.1. */
export const closeCodes = {
  normal: 1000,
  protocolError: 1002,
  unsupportedData: 1003,
  invalidPayload: 1007,
  messageTooBig: 1009,
} as const

/** Bytes that no WebSocket client may send here. */
export class WebSocketError extends Error {
  override readonly name = 'WebSocketError'
  readonly code: keyof typeof closeCodes

  constructor(code: WebSocketError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** What the frames say. */
export interface FrameEvents {
  /** Payload of binary messages, unmasked in place: the bytes are the reader's again after the call. */
  onData(bytes: Buffer): void
  onPing(payload: Buffer): void
  /** The client's goodbye, with its close code if it gave one. Nothing is read after it. */
  onClose(code: number | undefined): void
}

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
const controlBytesMax = 125
const nothing = Buffer.alloc(0)

export class FrameReader {
  readonly #messageBytesMax: number
  /** The beginning of a header that is not whole: 13 bytes at the most. */
  #cut: Buffer = nothing
  #opcode = 0
  #final = true
  /** The masking key, turned so that its first byte is the next byte's. */
  #mask = 0
  /** Payload of the frame that is still to come; -1 before a header. */
  #left = -1
  /** A message whose last frame has not come, and its bytes so far. */
  #inMessage = false
  #messageBytes = 0
  /** Payload of a control frame. */
  #control: Buffer = nothing
  #closed = false

  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax
  }

  /** Takes what the socket gave, which must be the caller's to change. Throws WebSocketError. */
  read(bytes: Buffer, events: FrameEvents): void {
    const chunk = this.#cut.length > 0 ? Buffer.concat([this.#cut, bytes]) : bytes
    this.#cut = nothing
    let at = 0
    // Payloads are moved together while they are unmasked, so that many small frames are told at once.
    let from = 0
    let to = 0
    const tell = (): void => {
      if (to > from) events.onData(chunk.subarray(from, to))
      from = to
    }
    while (!this.#closed) {
      if (this.#left < 0) {
        const headerBytes = headerLength(chunk, at)
        if (headerBytes === undefined) {
          if (at < chunk.length) this.#cut = Buffer.from(chunk.subarray(at))
          break
        }
        try {
          this.#begin(chunk, at, headerBytes)
        } catch (error) {
          tell()
          throw error
        }
        at += headerBytes
      }
      const taken = Math.min(this.#left, chunk.length - at)
      const control = this.#opcode >= opcodes.close
      if (control) this.#unmask(chunk, at, this.#control, this.#control.length - this.#left, taken)
      else {
        this.#unmask(chunk, at, chunk, to, taken)
        to += taken
      }
      at += taken
      this.#left -= taken
      if (this.#left > 0) break
      this.#left = -1
      if (!control) this.#inMessage = !this.#final
      else {
        tell()
        this.#endControl(events)
      }
    }
    tell()
  }

  /** Checks a header and takes what it says. */
  #begin(chunk: Buffer, at: number, headerBytes: number): void {
    const first = chunk[at] ?? 0
    const second = chunk[at + 1] ?? 0
    const opcode = first & 0x0f
    const final = (first & 0x80) !== 0
    if ((first & 0x70) !== 0)
      return fail('protocolError', 'a reserved bit is set, and no extension was agreed')
    if ((second & 0x80) === 0) return fail('protocolError', 'a client masks its frames')
    const length = payloadLength(chunk, at)
    switch (opcode) {
      case opcodes.continuation:
        if (!this.#inMessage) return fail('protocolError', 'a continuation of no message')
        this.#messageBytes += length
        break
      case opcodes.binary:
        if (this.#inMessage) return fail('protocolError', 'a new message inside another')
        this.#messageBytes = length
        break
      case opcodes.text:
        // MQTT 5.0 section 6 [MQTT-6.0.0-1]
        return fail('unsupportedData', 'a text frame; MQTT is binary')
      case opcodes.close:
      case opcodes.ping:
      case opcodes.pong:
        if (!final || length > controlBytesMax)
          return fail(
            'protocolError',
            `a control frame of ${length} bytes${final ? '' : ', in parts'}; at most ${controlBytesMax} in one`,
          )
        this.#control = length > 0 ? Buffer.allocUnsafe(length) : nothing
        break
      default:
        return fail('protocolError', `opcode ${opcode} is reserved`)
    }
    if (opcode < opcodes.close && this.#messageBytes > this.#messageBytesMax)
      return fail('messageTooBig', `a message of over ${this.#messageBytesMax} bytes`)
    this.#opcode = opcode
    this.#final = final
    this.#left = length
    this.#mask = chunk.readInt32BE(at + headerBytes - 4)
  }

  #unmask(source: Buffer, from: number, target: Buffer, to: number, bytes: number): void {
    const mask = this.#mask
    for (let index = 0; index < bytes; index += 1)
      target[to + index] = (source[from + index] ?? 0) ^ (mask >>> (24 - ((index & 3) << 3)))
    const turn = (bytes & 3) << 3
    if (turn > 0) this.#mask = (mask << turn) | (mask >>> (32 - turn))
  }

  #endControl(events: FrameEvents): void {
    const payload = this.#control
    this.#control = nothing
    if (this.#opcode === opcodes.ping) events.onPing(payload)
    if (this.#opcode !== opcodes.close) return
    this.#closed = true
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : undefined
    if (payload.length === 1 || (code !== undefined && !isCloseCode(code)))
      return fail('protocolError', code === undefined ? 'half a close code' : `close code ${code}`)
    if (!isUtf8(payload.subarray(2))) return fail('invalidPayload', 'a close reason that is not UTF-8')
    events.onClose(code)
  }
}

/** Bytes of the header at `at`, masking key included, or undefined while it is not whole. */
function headerLength(chunk: Buffer, at: number): number | undefined {
  const second = chunk[at + 1]
  if (second === undefined) return undefined
  // A frame without a mask is refused by its first two bytes.
  if (second < 0x80) return 2
  const bytes = second < 0xfe ? 6 : second === 0xfe ? 8 : 14
  return at + bytes <= chunk.length ? bytes : undefined
}

function payloadLength(chunk: Buffer, at: number): number {
  const length = (chunk[at + 1] ?? 0) & 0x7f
  if (length < 126) return length
  if (length === 126) return chunk.readUInt16BE(at + 2)
  // Far over what a number holds exactly, it is still far over what is taken.
  return chunk.readUInt32BE(at + 2) * 2 ** 32 + chunk.readUInt32BE(at + 6)
}

/** Codes that may be on the wire. RFC 6455 section 7.4, and IANA's registry. */
function isCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999)
}

function fail(code: WebSocketError['code'], message: string): never {
  throw new WebSocketError(code, message)
}
