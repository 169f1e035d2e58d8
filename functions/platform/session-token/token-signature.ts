/**
 * Signatures of tokens as AWS IoT checks them: RSASSA-PKCS1-v1_5 with SHA-256 over the token's characters.
 * https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth.html#custom-auth-token-signature
 *
 * @module
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

/** Base64 of the signature. Signs off the main thread: an RSA signature takes about a millisecond. */
export function signToken(token: string, privateKey: KeyObject): Promise<string> {
  return new Promise((resolve, reject) => {
    sign('RSA-SHA256', Buffer.from(token), privateKey, (error, signature) => {
      if (error) reject(error)
      else resolve(signature.toString('base64'))
    })
  })
}

/** Whether one of the keys made this signature, which is base64url. */
export function isSigned(token: string, signature: string, publicKeys: readonly KeyObject[]): boolean {
  const bytes = Buffer.from(signature, 'base64url')
  return publicKeys.some((key) => verify('RSA-SHA256', Buffer.from(token), key, bytes))
}

/**
 * The public keys in a text of PEM blocks, whatever stands between them, so that a JSON map of names to PEM (as the
 * authorizer's own configuration has it) reads the same. Throws when there is none, or one that is no key.
 */
export function readPublicKeys(text: string): readonly KeyObject[] {
  const blocks = text
    .replaceAll(String.raw`\n`, '\n')
    .match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g)
  if (!blocks)
    throw new Error('the parameter holds no PEM block "BEGIN PUBLIC KEY": store the public keys there')
  return blocks.map((block) => createPublicKey(block))
}
