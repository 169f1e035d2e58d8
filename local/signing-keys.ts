/**
 * The keys that sign visitors' tokens on this machine: two pairs, as on AWS, where the second lets keys be rotated.
 *
 * @module
 */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SigningKeys {
  /** Private key of `current`, PEM. */
  readonly privateKey: string
  /** Public keys by name, PEM. */
  readonly publicKeys: Readonly<Record<'current' | 'next', string>>
}

/** RSA bits; AWS IoT takes 2048 and more. */
const modulusLength = 2048

/** Reads the keys in `folder`, making them first when they are missing; readable by their owner alone. */
export function signingKeys(folder: string): SigningKeys {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const current = privateKey(join(folder, 'current.pem'))
  const next = privateKey(join(folder, 'next.pem'))
  return { privateKey: current, publicKeys: { current: publicKeyOf(current), next: publicKeyOf(next) } }
}

function privateKey(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8')
  const made = generateKeyPairSync('rsa', { modulusLength })
  const pem = made.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  writeFileSync(path, pem, { mode: 0o600, flag: 'wx' })
  return pem
}

function publicKeyOf(pem: string): string {
  return createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString()
}
