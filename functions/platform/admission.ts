/**
 * Who may call a route that is not for everyone: a person who signed in, by the session token of `POST /session`, or a
 * service, by its own. principal.ts wires it for handlers.
 *
 * @module
 */
import type { Claims } from '../../topics/contract/index.ts'
import { forbidden, type HttpEvent, readBearer, unauthorised } from './http.ts'
import { findServiceToken, type ServiceToken } from './service-tokens.ts'

/** The claims of `<token>.<signature>`; undefined when it is not valid, or no longer. Rejects when that cannot be looked up. */
export type VerifySession = (bearer: string) => Promise<Claims | undefined>

/** Who was let in. */
export interface Caller {
  /** A person's principal or a service's name: what a record or a log says of who did it. */
  readonly name: string
  /** What the session says of its bearer; absent for a service. */
  readonly claims?: Claims
}

const remedy = 'sign in, and send `Authorization: Bearer <token>.<signature>` of the session'

/** The claims of whoever signed in. Throws ProblemError 401, for a visitor's session too. */
export async function signedInClaims(event: HttpEvent, verify: VerifySession): Promise<Claims> {
  return claimsOf(bearerOf(event), verify)
}

/**
 * Lets in who signed in with this role, and a service of it. Throws ProblemError 401, or 403 for who has not the role.
 * A service's token counts only where `tokens` are given.
 */
export async function callerOfRole(
  event: HttpEvent,
  role: string,
  verify: VerifySession,
  tokens: readonly ServiceToken[] = [],
): Promise<Caller> {
  const bearer = bearerOf(event)
  const service = findServiceToken(tokens, bearer)
  if (service) {
    if (service.role === role) return { name: service.name }
    throw forbidden(`${service.name} is a ${service.role}, and this is for ${role}`, remedy)
  }
  const claims = await claimsOf(bearer, verify)
  if (claims.roles.includes(role)) return { name: claims.principal, claims }
  throw forbidden(
    `who signed in has not the role ${role}`,
    `ask for the role ${role} where people are kept, and sign in anew`,
  )
}

function bearerOf(event: HttpEvent): string {
  const bearer = readBearer(event)
  if (bearer === undefined) throw unauthorised('no bearer token', remedy)
  return bearer
}

async function claimsOf(bearer: string, verify: VerifySession): Promise<Claims> {
  const claims = await verify(bearer)
  if (!claims) throw unauthorised('the token is not valid, or no longer', remedy)
  if (!claims.signedIn)
    throw unauthorised("the token is a visitor's, and this is for people who signed in", remedy)
  return claims
}
