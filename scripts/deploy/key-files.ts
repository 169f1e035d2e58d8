/**
 * A stage's keys on disk: a folder that only its owner may enter, files that only its owner may read.
 *
 * @module
 */
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyPair, KeySet } from './rotation.ts'
import { type PublicKeys, publicKeysFile } from './signing-keys.ts'

/** The private key that signs now, and the one that will. */
export const signerFile = 'signing-key.pem'
export const nextSignerFile = 'next-signing-key.pem'

/** An RSA pair of 2048 bits, the least and the usual that AWS IoT takes. */
export function makeKeyPair(): KeyPair {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
}

/** The keys in a folder, or undefined when it has none. Throws what the file system throws for a half-written set. */
export function readKeys(folder: string): KeySet | undefined {
  const publicKeys = readIfThere(join(folder, publicKeysFile))
  const signer = readIfThere(join(folder, signerFile))
  if (publicKeys === undefined && signer === undefined) return undefined
  if (publicKeys === undefined || signer === undefined) {
    throw new Error(
      `${folder} has ${signer ? signerFile : publicKeysFile} but not the other: delete the folder or put it back`,
    )
  }
  const nextSigner = readIfThere(join(folder, nextSignerFile))
  return {
    signer,
    ...(nextSigner === undefined ? {} : { nextSigner }),
    publicKeys: JSON.parse(publicKeys) as PublicKeys,
  }
}

/** Writes a set. Each file is whole or as it was: private keys first, so that no public key is without its private one. */
export function writeKeys(folder: string, keys: KeySet): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  if (keys.nextSigner !== undefined) write(join(folder, nextSignerFile), keys.nextSigner)
  write(join(folder, signerFile), keys.signer)
  write(join(folder, publicKeysFile), `${JSON.stringify(keys.publicKeys, undefined, 2)}\n`)
  if (keys.nextSigner === undefined) rmSync(join(folder, nextSignerFile), { force: true })
}

function write(file: string, text: string): void {
  const unfinished = `${file}.unfinished`
  rmSync(unfinished, { force: true })
  writeFileSync(unfinished, text, { mode: 0o600, flag: 'wx' })
  renameSync(unfinished, file)
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
