/**
 * What a session's token says: the payload that the session signs, the authorizer and `/events` read; docs/parts.md.
 * Whether its signature is right is token-signature.ts's to say.
 *
 * @module
 */
import * as v from 'valibot'
import { connectionLifeSeconds } from '../../../topics/contract/aws-limits.ts'
import { type Claims, seatsMax } from '../../../topics/contract/index.ts'
import { parameterName, parameterPattern } from '../../../topics/contract/pattern.ts'

export interface Token {
  readonly claims: Claims
  /** Seconds since 1970; who is revoked then or later is refused with this token. */
  readonly issuedAt: number
  /** Seconds since 1970; from then on the token is worth nothing. */
  readonly expiresAt: number
}

/** How long a token lasts at most, seconds: what SESSION_SECONDS may be, and a connection's longest life. */
export const tokenSecondsMax = connectionLifeSeconds.max

/** How far ahead of ours the clock may be that a token was issued by, ms. */
export const clockSkewMs = 5_000

/** Longest token that is read, characters: it has to fit a WebSocket's URL. */
export const tokenLengthMax = 4096

// A claim's value goes into policies, so it may be nothing that a policy or a filter reads as more than text.
const word = v.pipe(v.string(), v.regex(parameterPattern))

const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const payloadSchema = v.pipe(
  v.object({
    v: v.literal(1),
    principal: v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{1,100}$/)),
    signedIn: v.boolean(),
    roles: v.array(word),
    values: v.record(v.pipe(v.string(), v.regex(parameterName)), word),
    seat: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(seatsMax - 1))),
    issuedAt: seconds,
    expiresAt: seconds,
  }),
  // One that lasted longer would outlive its revocation.
  v.check(({ issuedAt, expiresAt }) => expiresAt - issuedAt <= tokenSecondsMax, 'it lasts too long'),
)

/** The token's characters, base64url. Throws for claims that do not fit, or more than `tokenSecondsMax`. */
export function makeToken({ claims, issuedAt, expiresAt }: Token): string {
  const { principal, signedIn, roles, values, seat } = claims
  const payload = v.parse(payloadSchema, {
    v: 1,
    principal,
    signedIn,
    roles,
    values,
    // The first needs no word: a token travels in every WebSocket's URL.
    ...(seat ? { seat } : {}),
    issuedAt,
    expiresAt,
  })
  return Buffer.from(JSON.stringify(payload)).toString('base64url')
}

/** What the token says, or undefined when it is none of ours. Says nothing about its signature or its time. */
export function parseToken(token: string): Token | undefined {
  if (token.length > tokenLengthMax || !/^[A-Za-z0-9_-]+$/.test(token)) return undefined
  let raw: unknown
  try {
    raw = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    // Not JSON: none of ours, which is what the caller asks.
    return undefined
  }
  const result = v.safeParse(payloadSchema, raw)
  if (!result.success) return undefined
  const { principal, signedIn, roles, values, seat, issuedAt, expiresAt } = result.output
  const claims = { principal, signedIn, roles, values, ...(seat === undefined ? {} : { seat }) }
  return { claims, issuedAt, expiresAt }
}

/** Why the token does not count at `now`, ms since 1970; undefined when it does. */
export function timeProblem(
  { issuedAt, expiresAt }: Token,
  now: number,
): 'token expired' | 'token of the future' | undefined {
  if (now >= expiresAt * 1000) return 'token expired'
  return issuedAt * 1000 > now + clockSkewMs ? 'token of the future' : undefined
}
