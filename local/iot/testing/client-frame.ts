/** What to say in one WebSocket frame of a client. */
export interface ClientFrame {
  readonly opcode: number
  readonly payload?: Uint8Array
  /** Default: true. */
  readonly final?: boolean
  /** Default: four bytes that differ. */
  readonly mask?: Uint8Array
  /** The three reserved bits, as they stand in the first byte. Default: 0. */
  readonly reserved?: number
}

/** Encodes a frame as a client does, masked. RFC 6455 section 5.2. */
export function clientFrame(frame: ClientFrame): Buffer {
  const { opcode, payload = Buffer.alloc(0), final = true, mask = Buffer.from([1, 2, 3, 250]) } = frame
  const first = (final ? 0x80 : 0) | (frame.reserved ?? 0) | opcode
  const masked = Buffer.from(payload).map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  return Buffer.concat([clientFrameHeader(first, payload.length), mask, masked])
}

/** The header before the masking key; the length need not be that of anything which follows. */
export function clientFrameHeader(first: number, payloadBytes: number): Buffer {
  if (payloadBytes < 126) return Buffer.from([first, 0x80 | payloadBytes])
  if (payloadBytes < 65_536) return Buffer.from([first, 0xfe, payloadBytes >> 8, payloadBytes & 0xff])
  const header = Buffer.alloc(10)
  header[0] = first
  header[1] = 0xff
  header.writeBigUInt64BE(BigInt(payloadBytes), 2)
  return header
}
