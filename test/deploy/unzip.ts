/**
 * Unpacks a zip with nothing but node: enough for what osls writes (no encryption, no ZIP64).
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inflateRawSync } from 'node:zlib'

/** Writes the zip's files under `folder` and returns their names. */
export function unzip(file: string, folder: string): readonly string[] {
  const bytes = readFileSync(file)
  const end = bytes.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'))
  if (end < 0) throw new Error(`${file} is no zip`)
  const names: string[] = []
  let entry = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const method = bytes.readUInt16LE(entry + 10)
    const packedBytes = bytes.readUInt32LE(entry + 20)
    const nameBytes = bytes.readUInt16LE(entry + 28)
    const local = bytes.readUInt32LE(entry + 42)
    const name = bytes.toString('utf8', entry + 46, entry + 46 + nameBytes)
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const packed = bytes.subarray(start, start + packedBytes)
    if (!name.endsWith('/')) {
      const target = join(folder, name)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, method === 0 ? packed : inflateRawSync(packed))
      names.push(name)
    }
    entry += 46 + nameBytes + bytes.readUInt16LE(entry + 30) + bytes.readUInt16LE(entry + 32)
  }
  return names
}
