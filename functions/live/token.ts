/**
 * What a session's token says: the payload that the session signs, the authorizer and `/events` read; docs/parts.md.
 * Whether its signature is right is token-signature.ts's to say.
 *
 * @module
 */
import * as v from 'valibot'
import type { Claims } from '../../topics/contract/index.ts'
import { parameterPattern } from '../../topics/contract/pattern.ts'

export interface Token {
  readonly claims: Claims
  /** Seconds since 1970; from then on the token is worth nothing. */
  readonly expiresAt: number
}

/** Longest token that is read, characters: it has to fit a WebSocket's URL. */
export const tokenLengthMax = 4096

// A claim's value goes into policies, so it may be nothing that a policy or a filter reads as more than text.
const word = v.pipe(v.string(), v.regex(parameterPattern))

const payloadSchema = v.object({
  v: v.literal(1),
  principal: v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{1,100}$/)),
  signedIn: v.boolean(),
  roles: v.array(word),
  values: v.record(v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/)), word),
  expiresAt: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
})

/** The token's characters, base64url. */
export function makeToken({ claims, expiresAt }: Token): string {
  const { principal, signedIn, roles, values } = claims
  const payload = v.parse(payloadSchema, { v: 1, principal, signedIn, roles, values, expiresAt })
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
  const { principal, signedIn, roles, values, expiresAt } = result.output
  return { claims: { principal, signedIn, roles, values }, expiresAt }
}

/** Whether the token still counts at `now`, ms since 1970. */
export function isCurrent(token: Token, now: number): boolean {
  return now < token.expiresAt * 1000
}
