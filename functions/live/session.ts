/**
 * POST /session: a token, signed for the AWS IoT authorizer, and the two client IDs it may connect under; a visitor's, or
 * with an ID token that of whoever signed in. Nothing is stored: the token is all there is.
 *
 * @module
 */
import { type Claims, clientIdsOf, seatsMax, type Session } from '../../topics/contract/index.ts'
import { addressGroup } from '../platform/address.ts'
import { unauthorised } from '../platform/http.ts'
import { ProblemError } from '../platform/problem.ts'
import type { IsRevoked } from '../platform/session-token/revocation-lookup.ts'
import { makeToken, tokenLengthMax } from '../platform/session-token/token.ts'
import type { TimedIdentity } from './identity.ts'

/** The query or username parameter that carries the token; serverless.yml's TokenKeyName. */
export const tokenKey = 'token'

export interface SessionPorts {
  /** Base64 of the token's signature. */
  readonly sign: (token: string) => Promise<string>
  /** Seconds to wait, when `key` (an address's group, or a principal, which no address looks like) has had its share. */
  readonly limit: (key: string, now: number) => Promise<number | undefined>
  /** Who an ID token says signed in, and until when it counts, seconds since 1970; throws ProblemError 401 or 503. Absent: nobody signs in. */
  readonly identify?: (idToken: string, now: number) => Promise<TimedIdentity>
  /** Whether somebody was revoked since they proved who they are. Wanted with `identify`. */
  readonly isRevoked?: IsRevoked
  /** Told what of an ID token was left out, and why. */
  readonly onLeftOut?: (principal: string, leftOut: readonly string[]) => void
  /** `length` random bytes of a cryptographic generator. */
  readonly randomBytes: (length: number) => Uint8Array
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface SessionOptions {
  readonly endpoint: string
  readonly authorizer: string
  readonly sessionSeconds: number
  /** Over how long clients that were cut off together come back, ms. */
  readonly reconnectSpreadMs: number
}

export interface SessionRequest {
  readonly address: string
  /** The ID token that the request carries; undefined for a visitor. */
  readonly idToken: string | undefined
}

/**
 * Opens a session. It ends after `sessionSeconds`, that of a person no later than their ID token: whom the issuer lets in no
 * more is out by then. Throws ProblemError 401 for an ID token that does not count or of who was revoked since, 403 for claims that no token can hold,
 * 429 beyond the address's or the person's share, 503 while the issuer cannot be asked.
 */
export async function openSession(
  request: SessionRequest,
  ports: SessionPorts,
  options: SessionOptions,
): Promise<Session> {
  if (request.idToken !== undefined && !ports.identify) {
    throw unauthorised(
      'this service signs nobody in, so it knows no bearer token here',
      "leave the Authorization header out for a visitor's session, or set OIDC_ISSUER and OIDC_CLIENT_ID (docs/sign-in.md)",
    )
  }
  const now = ports.now()
  // The address comes first: a flood of forged tokens is refused before anything is verified.
  await mind(addressGroup(request.address), 'this address', now, ports)
  const issuedAt = Math.floor(now / 1000)
  const { claims, endsAt } = await claimsOf(request, now, ports)
  const expiresAt = Math.min(issuedAt + options.sessionSeconds, endsAt)
  const token = makeToken({ claims, issuedAt, expiresAt })
  if (token.length > tokenLengthMax) throw tooMuch(token.length)
  return {
    endpoint: options.endpoint,
    authorizer: options.authorizer,
    tokenKey,
    token,
    signature: await ports.sign(token),
    clientIds: clientIdsOf(claims.principal, claims.seat),
    principal: claims.principal,
    expiresAt,
    reconnectSpreadMs: options.reconnectSpreadMs,
  }
}

/** Who asks, and when they are nobody any more, seconds since 1970. */
async function claimsOf(
  { idToken }: SessionRequest,
  now: number,
  ports: SessionPorts,
): Promise<{ claims: Claims; endsAt: number }> {
  if (idToken === undefined || !ports.identify) {
    const principal = `v${alphanumeric(ports.randomBytes, 22)}`
    return {
      claims: { principal, signedIn: false, roles: [], values: {} },
      endsAt: Number.POSITIVE_INFINITY,
    }
  }
  const { principal, roles, values, expiresAt, authenticatedAt, leftOut } = await ports.identify(idToken, now)
  await mind(principal, 'this person', now, ports)
  const claims = { principal, signedIn: true, roles, values }
  // An ID token outlives a revocation, and would open the door again at once.
  if (await ports.isRevoked?.({ claims, issuedAt: authenticatedAt, expiresAt }, now)) {
    throw unauthorised(
      'this person was revoked after they signed in',
      'sign in anew, giving the password once more (`prompt=login`)',
    )
  }
  if (leftOut.length > 0) ports.onLeftOut?.(principal, leftOut)
  // Which of a person's devices this is nobody knows. Two that draw the same seat get along, as two tabs do.
  const [drawn = 0] = ports.randomBytes(1)
  const seat = drawn % seatsMax
  return { claims: { ...claims, ...(seat > 0 && { seat }) }, endsAt: expiresAt }
}

/** Throws ProblemError 429 when `key` has had its share of sessions. */
async function mind(key: string, who: string, now: number, { limit }: SessionPorts): Promise<void> {
  const waitSeconds = await limit(key, now)
  if (waitSeconds !== undefined) throw tooMany(who, waitSeconds)
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Letters and digits, evenly drawn: 22 of them hold 130 bits. */
function alphanumeric(randomBytes: (length: number) => Uint8Array, length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 is the largest multiple of 62 in a byte; beyond it some letters would come more often.
      if (byte < 248 && text.length < length) text += letters[byte % 62]
    }
  }
  return text
}

function tooMany(who: string, waitSeconds: number): ProblemError {
  return new ProblemError({
    status: 429,
    code: 'too-many-sessions',
    title: 'Too many sessions',
    detail: `${who} has opened as many sessions as allowed in a minute`,
    remedy: `try again in ${waitSeconds} s; one session serves a page for as long as its token lasts`,
    headers: { 'retry-after': String(waitSeconds) },
  })
}

function tooMuch(length: number): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'claims-too-large',
    title: 'Too many roles',
    detail: `the token would have ${length} characters, and a WebSocket's address holds ${tokenLengthMax}`,
    remedy: 'have the issuer send only the roles that this service uses',
  })
}
