/**
 * The key that signs ID tokens on this machine. It is made with the data folder and stays there, so no other machine's
 * tokens count here, and none of here anywhere else.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { calculateJwkThumbprint, type JWK } from 'jose'

export interface IdentityKey {
  readonly privateKey: KeyObject
  /** With its `kid`, its thumbprint (RFC 7638). */
  readonly publicJwk: JWK & { readonly kid: string }
}

/** Reads the key in `folder`, making it first when it is missing; readable by its owner alone. */
export async function identityKey(folder: string): Promise<IdentityKey> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'identity.pem')
  if (!existsSync(path)) {
    const made = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = made.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    writeFileSync(path, pem, { mode: 0o600, flag: 'wx' })
  }
  const privateKey = createPrivateKey(readFileSync(path, 'utf8'))
  const { kty = 'RSA', n = '', e = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  const kid = await calculateJwkThumbprint({ kty, n, e })
  return { privateKey, publicJwk: { kty, n, e, kid, use: 'sig', alg: 'RS256' } }
}
