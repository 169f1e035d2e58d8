/**
 * From what an OpenID Connect issuer says of a person to what our token says: the principal, roles, and the values that
 * contracts bind to topics' parameters.
 *
 * @module
 */
import type { Claims } from '../../topics/contract/index.ts'
import { parameterPattern } from '../../topics/contract/pattern.ts'
import { hashedId } from '../platform/hashed-id.ts'

/** Which claims of the ID token count. */
export interface ClaimNames {
  /** The claim with the roles: a name, or a path such as `realm_access.roles`. */
  readonly roles: string
  /** Our values' names, and the claims that they come from. */
  readonly values: readonly { readonly name: string; readonly claim: string }[]
}

/** Who somebody is, for a session. */
export interface Identity extends Pick<Claims, 'principal' | 'roles' | 'values'> {
  /**
   * What the token says and we cannot use, each with why, without the value: it may be an address or a name. Leaving it
   * out gives nobody more than they had.
   */
  readonly leftOut: readonly string[]
}

/** An identity, and the times of the ID token that says it, seconds since 1970. */
export interface TimedIdentity extends Identity {
  /** From then on the token counts no more. */
  readonly expiresAt: number
  /** When the person proved who they are. */
  readonly authenticatedAt: number
}

/** What an ID token that was verified says. */
export type IdTokenClaims = Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string }

const wordProblem = 'is no word of 1 to 64 letters, digits, _ and -'

/** The identity in an ID token's claims. */
export function identityOf(claims: IdTokenClaims, names: ClaimNames): Identity {
  const leftOut: string[] = []
  const roles = new Set<string>()
  const given = claimAt(claims, names.roles)
  // One role may come bare; Cognito's groups and everybody else's roles are lists.
  for (const role of Array.isArray(given) ? (given as unknown[]) : given === undefined ? [] : [given]) {
    if (isWord(role)) roles.add(role)
    else leftOut.push(`a role in the claim ${names.roles} ${wordProblem}`)
  }
  const values: Record<string, string> = {}
  for (const { name, claim } of names.values) {
    const value = claimAt(claims, claim)
    if (isWord(value)) values[name] = value
    else if (value !== undefined) leftOut.push(`the claim ${claim} ${wordProblem}`)
  }
  return { principal: principalOf(claims.iss, claims.sub), roles: [...roles], values, leftOut }
}

/**
 * The principal of a person: `u` and the first 26 characters of the lower-case base32 of SHA-256 over issuer, a newline and
 * subject. It names them in topics and logs without telling who they are, and another issuer's people are others.
 */
export function principalOf(issuer: string, subject: string): string {
  return `u${hashedId(issuer, subject)}`
}

/** The claim of this very name (they may hold dots: `https://example.org/roles`), or at the end of this path. */
function claimAt(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  let value: unknown = claims
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && parameterPattern.test(value)
}
