/**
 * Key values in a form that SQLite sorts as DynamoDB does: strings as text (SQLite compares UTF-8 bytes), binary as
 * bytes, numbers as bytes made here.
 *
 * @module
 */
import type { AttributeValue } from './attribute-value.ts'
import { parseDecimal } from './number.ts'

export type KeyType = 'S' | 'N' | 'B'

/** Text for S, bytes for N and B. */
export type EncodedKey = string | Uint8Array

/** What stands in a table without a sort key. */
export const noSortKey: EncodedKey = ''

/** The sortable form of a validated key value. */
export function encodeKey(value: AttributeValue): EncodedKey {
  if (value.S !== undefined) return value.S
  if (value.B !== undefined) return Buffer.from(value.B, 'base64')
  return encodeNumber(value.N as string)
}

const zero = 0x80
const positive = 0x81
const negative = 0x7f

/** Moves every magnitude (-130 to 125) above zero. */
const magnitudeOffset = 131

/**
 * Sign, magnitude, digits. Of positive numbers the greater magnitude is greater, then the digits compare as text
 * (a fraction without trailing zeros). A negative number has every byte inverted, and ends in 0xff so that the
 * shorter of two fractions, which is nearer to zero, comes after.
 */
export function encodeNumber(text: string): Uint8Array {
  const { coefficient, exponent } = parseDecimal(text)
  if (coefficient === 0n) return Uint8Array.of(zero)
  const digits = (coefficient < 0n ? -coefficient : coefficient).toString()
  const magnitude = exponent + digits.length - 1 + magnitudeOffset
  const bytes = new Uint8Array(digits.length + (coefficient < 0n ? 4 : 3))
  const flip = coefficient < 0n ? 0xff : 0
  bytes[0] = coefficient < 0n ? negative : positive
  bytes[1] = (magnitude >> 8) ^ flip
  bytes[2] = (magnitude & 0xff) ^ flip
  for (let at = 0; at < digits.length; at += 1) bytes[at + 3] = digits.charCodeAt(at) ^ flip
  if (coefficient < 0n) bytes[digits.length + 3] = 0xff
  return bytes
}

/** The least key above every key that begins with `prefix`; undefined when there is none. */
export function afterPrefix(prefix: EncodedKey): EncodedKey | undefined {
  return typeof prefix === 'string' ? textAfterPrefix(prefix) : bytesAfterPrefix(prefix)
}

function textAfterPrefix(prefix: string): string | undefined {
  const points = [...prefix]
  for (let at = points.length - 1; at >= 0; at -= 1) {
    const point = points[at]?.codePointAt(0) ?? 0
    if (point >= 0x10ffff) continue
    // Surrogates are no characters: after U+D7FF comes U+E000.
    const next = point === 0xd7ff ? 0xe000 : point + 1
    return points.slice(0, at).join('') + String.fromCodePoint(next)
  }
  return undefined
}

function bytesAfterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  for (let at = prefix.length - 1; at >= 0; at -= 1) {
    const byte = prefix[at] ?? 0
    if (byte === 0xff) continue
    const next = prefix.slice(0, at + 1)
    next[at] = byte + 1
    return next
  }
  return undefined
}

/** A number from 0 up to `parts` that depends on the key alone: which shard or segment it belongs to. */
export function partOfKey(key: EncodedKey, parts: number): number {
  if (parts <= 1) return 0
  let hash = 0x811c9dc5
  if (typeof key === 'string') {
    for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  } else {
    for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193)
  }
  // FNV's low bits mix poorly for short keys: fold the high ones in.
  return ((hash ^ (hash >>> 15)) >>> 0) % parts
}

/** Order of two encoded keys of one type, as SQLite has it. */
export function compareEncoded(left: EncodedKey, right: EncodedKey): number {
  if (left === right) return 0
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
