import { createHash } from 'node:crypto'

const base32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** 26 characters of lower-case base32: the same parts give the same ID. 130 bits of SHA-256 over the parts, one a line. */
export function hashedId(...parts: readonly string[]): string {
  const digest = createHash('sha256').update(parts.join('\n')).digest()
  let id = ''
  let bits = 0
  let held = 0
  for (const byte of digest) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5 && id.length < 26) {
      bits -= 5
      id += base32[(held >>> bits) & 31]
    }
    held &= (1 << bits) - 1
    if (id.length === 26) break
  }
  return id
}
