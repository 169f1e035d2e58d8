import type { KeyObject } from 'node:crypto'
import type { Claims } from '../../topics/contract/index.ts'
import { isCurrent, parseToken, tokenLengthMax } from './token.ts'
import { isSigned } from './token-signature.ts'

/** What a bearer token is checked with. */
export interface BearerChecks {
  readonly publicKeys: () => Promise<readonly KeyObject[]>
  readonly isRevoked: (principal: string, now: number) => Promise<boolean>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * The claims of a bearer token whose principal is not revoked, or undefined. Rejects when it cannot be looked up: what
 * needs a token is not everyone's, and nobody is let in unseen.
 */
export async function admitBearer(
  bearer: string,
  { publicKeys, isRevoked, now }: BearerChecks,
): Promise<Claims | undefined> {
  const at = now()
  const claims = verifyBearer(bearer, await publicKeys(), at)
  return claims && !(await isRevoked(claims.principal, at)) ? claims : undefined
}

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
