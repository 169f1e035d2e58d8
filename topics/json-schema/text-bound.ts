/**
 * What a pattern says of a text's size. Only patterns of one class of characters, repeated, are understood:
 * `^[A-Z]{3}$`, `^[^\u0000-\u001f]*$`. Others bound nothing, which errs on the safe side.
 *
 * @module
 */

import { compilePattern } from './well-formed.ts'

/** UTF-8 bytes in JSON of the worst UTF-16 code unit: a control character is written as `\u0001`. */
export const bytesPerCodeUnit = 6

/** The most that one code point takes otherwise: four bytes outside the Basic Multilingual Plane. */
const bytesPerCodePoint = 4

export interface PatternBound {
  /** Longest length, when the pattern has one. */
  readonly length?: number
  readonly bytesPerCodeUnit: number
}

const known = new Map<string, PatternBound | undefined>()

/** The bound that a pattern gives, or undefined when it is not understood. */
export function patternBound(pattern: string): PatternBound | undefined {
  if (!known.has(pattern)) known.set(pattern, readPattern(pattern))
  return known.get(pattern)
}

function readPattern(pattern: string): PatternBound | undefined {
  const parts = /^\^(\[(?:[^\]\\]|\\.)+\])(\*|\+|\?|\{(\d+)(?:(,)(\d*))?\})?\$$/.exec(pattern)
  if (!parts) return undefined
  const [, characters = '', quantifier, least, comma, most] = parts
  const bytes = worst(characters)
  if (bytes === undefined) return undefined
  const length =
    quantifier === undefined || quantifier === '?'
      ? 1
      : quantifier.startsWith('{')
        ? Number(comma === undefined ? least : most || Number.NaN)
        : Number.NaN
  if (Number.isNaN(length)) return { bytesPerCodeUnit: bytes }
  // A quantifier counts code points where the pattern is a Unicode one, and one of four bytes is two code units.
  return { length, bytesPerCodeUnit: reachesAstral(characters) ? Math.max(bytes, bytesPerCodePoint) : bytes }
}

/** The most bytes that a code unit of the class takes; undefined for no class. Surrogates come in pairs, of four bytes. */
function worst(characters: string): number | undefined {
  const one = compilePattern(`^${characters}$`)
  if (!one) return undefined
  let bytes = 1
  for (let unit = 0; unit < 0x1_00_00 && bytes < bytesPerCodeUnit; unit++) {
    if (unit === 0xd8_00) unit = 0xe0_00
    const character = String.fromCharCode(unit)
    if (one.test(character)) bytes = Math.max(bytes, Buffer.byteLength(JSON.stringify(character)) - 2)
  }
  return bytes
}

/** Whether a class may hold what is outside the Basic Multilingual Plane: only one that is negated, or names such, does. */
function reachesAstral(characters: string): boolean {
  return /^\[\^|\\[pPSWDu]|[\ud800-\udfff]/.test(characters)
}
