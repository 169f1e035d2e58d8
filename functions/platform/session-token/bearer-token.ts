import type { KeyObject } from 'node:crypto'
import type { Claims } from '../../../topics/contract/index.ts'
import { isSigned } from './token-signature.ts'
import { parseToken, timeProblem, type Token, tokenLengthMax } from './token.ts'

/** What a bearer token is checked with. */
export interface BearerChecks {
  readonly publicKeys: () => Promise<readonly KeyObject[]>
  readonly isRevoked: (token: Token, now: number) => Promise<boolean>
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
  const token = verifyBearer(bearer, await publicKeys(), at)
  return token && !(await isRevoked(token, at)) ? token.claims : undefined
}

/**
 * What `<token>.<signature in base64url>` says, or undefined when it is not ours, not signed by one of the keys, or not
 * of this time. `now` is in ms since 1970.
 */
export function verifyBearer(
  bearer: string,
  publicKeys: readonly KeyObject[],
  now: number,
): Token | undefined {
  // 1400 characters hold the signature of the largest RSA key in use.
  const [, text, signature] = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{1,1400})$/.exec(bearer) ?? []
  if (text === undefined || signature === undefined || text.length > tokenLengthMax) return undefined
  const token = parseToken(text)
  // What needs no arithmetic is looked at first: an expired token costs no RSA.
  return token && !timeProblem(token, now) && isSigned(text, signature, publicKeys) ? token : undefined
}
