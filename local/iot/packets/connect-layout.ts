/**
 * What of a CONNECT's bytes the parser does not look at: its protocol level before all else, and whether its flags agree with
 * each other and with what follows. Pure. MQTT 3.1.1 and 5.0 section 3.1.
 *
 * @module
 */
import { MalformedPacketError } from '../wire/parse-packet.ts'

const flag = { will: 0x04, willQos: 0x18, password: 0x40, username: 0x80 } as const

/** The protocol level of a CONNECT: 4 and 5 are MQTT 3.1.1 and 5. Throws MalformedPacketError. */
export function protocolLevel(bytes: Buffer): number {
  const cursor = new Cursor(bytes)
  cursor.skipFixedHeader()
  cursor.skipString()
  return cursor.byte()
}

/** Throws MalformedPacketError for what no client of level 4 or 5 may send. */
export function checkLayout(bytes: Buffer): void {
  const cursor = new Cursor(bytes)
  cursor.skipFixedHeader()
  cursor.skipString()
  const level = cursor.byte()
  const flags = cursor.byte()
  if ((flags & flag.willQos) === flag.willQos) throw new MalformedPacketError('the Will has QoS 3')
  // MQTT 3.1.1 [MQTT-3.1.2-22]; MQTT 5 allows it.
  if (level === 4 && (flags & flag.password) > 0 && (flags & flag.username) === 0)
    throw new MalformedPacketError('a password without a username')
  cursor.skip(2)
  if (level === 5) cursor.skip(cursor.variableNumber())
  cursor.skipString()
  if ((flags & flag.will) > 0) {
    if (level === 5) cursor.skip(cursor.variableNumber())
    cursor.skipString()
    cursor.skipString()
  }
  if ((flags & flag.username) > 0) cursor.skipString()
  if ((flags & flag.password) > 0) cursor.skipString()
  if (cursor.left > 0) throw new MalformedPacketError(`${cursor.left} bytes follow the CONNECT's last field`)
}

class Cursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new MalformedPacketError('a field ends after its packet')
    this.#at += 1
    return byte
  }

  skip(bytes: number): void {
    if (bytes > this.left) throw new MalformedPacketError('a field ends after its packet')
    this.#at += bytes
  }

  skipFixedHeader(): void {
    this.skip(1)
    this.variableNumber()
  }

  skipString(): void {
    this.skip(this.byte() * 256 + this.byte())
  }

  /** A variable byte integer. MQTT 5.0 section 1.5.5. */
  variableNumber(): number {
    let number = 0
    for (let shift = 1; shift <= 128 ** 3; shift *= 128) {
      const byte = this.byte()
      number += (byte & 0x7f) * shift
      if (byte < 0x80) return number
    }
    throw new MalformedPacketError('a length has more than four bytes')
  }
}
