import type { KeyObject } from 'node:crypto'
import type { Claims } from '../../topics/contract/index.ts'
import { isCurrent, parseToken, tokenLengthMax } from './token.ts'
import { isSigned } from './token-signature.ts'

/**
 * The claims of `<token>.<signature in base64url>`, or undefined when it is not ours, not signed by one of the keys,
 * or over. `now` is in ms since 1970.
 */
export function verifyBearer(
  bearer: string,
  publicKeys: readonly KeyObject[],
  now: number,
): Claims | undefined {
  // 1400 characters hold the signature of the largest RSA key in use.
  const [, text, signature] = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{1,1400})$/.exec(bearer) ?? []
  if (text === undefined || signature === undefined || text.length > tokenLengthMax) return undefined
  const token = parseToken(text)
  // What needs no arithmetic is looked at first: an expired token costs no RSA.
  if (!token || !isCurrent(token, now) || !isSigned(text, signature, publicKeys)) return undefined
  return token.claims
}
