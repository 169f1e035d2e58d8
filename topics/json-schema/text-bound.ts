/**
 * What a pattern says of a text's size. Only patterns of one class of characters, repeated, are understood:
 * `^[A-Z]{3}$`, `^[^\u0000-\u001f]*$`. Others bound nothing, which errs on the safe side.
 *
 * @module
 */

/** UTF-8 bytes in JSON of the worst UTF-16 code unit: a control character is written as `\u0001`. */
export const bytesPerCodeUnit = 6

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
  const length =
    quantifier === undefined || quantifier === '?'
      ? 1
      : quantifier.startsWith('{')
        ? Number(comma === undefined ? least : most || Number.NaN)
        : Number.NaN
  return { bytesPerCodeUnit: bytes, ...(Number.isNaN(length) ? {} : { length }) }
}

/** The most bytes that a character of the class takes; surrogates come in pairs, of four bytes. */
function worst(characters: string): number {
  const one = new RegExp(`^${characters}$`)
  let bytes = 1
  for (let unit = 0; unit < 0x1_00_00 && bytes < bytesPerCodeUnit; unit++) {
    if (unit === 0xd8_00) unit = 0xe0_00
    const character = String.fromCharCode(unit)
    if (one.test(character)) bytes = Math.max(bytes, Buffer.byteLength(JSON.stringify(character)) - 2)
  }
  return bytes
}
