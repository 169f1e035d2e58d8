/**
 * POST /session: a visitor's token, signed for the AWS IoT authorizer, and the two client IDs it may connect under.
 * Nothing is stored: the token is all there is.
 *
 * @module
 */
import type { Session } from '../../topics/contract/index.ts'
import { clientIdsOf } from '../../topics/contract/policy.ts'
import { unauthorised } from '../platform/http.ts'
import { ProblemError } from '../platform/problem.ts'
import { addressGroup } from './address.ts'
import { makeToken } from './token.ts'

/** The query or username parameter that carries the token; serverless.yml's TokenKeyName. */
export const tokenKey = 'token'

export interface SessionPorts {
  /** Base64 of the token's signature. */
  readonly sign: (token: string) => Promise<string>
  /** Seconds to wait, when the address has had its share. */
  readonly limit: (group: string, now: number) => Promise<number | undefined>
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
  /** Whether the request carries an Authorization header. */
  readonly authorised: boolean
}

/** Opens a visitor's session. Throws ProblemError 401 for a token we cannot take, 429 beyond the address's share. */
export async function openSession(
  request: SessionRequest,
  ports: SessionPorts,
  options: SessionOptions,
): Promise<Session> {
  if (request.authorised) {
    throw unauthorised(
      'this service signs nobody in yet, so it knows no bearer token here',
      "leave the Authorization header out for a visitor's session",
    )
  }
  const now = ports.now()
  const waitSeconds = await ports.limit(addressGroup(request.address), now)
  if (waitSeconds !== undefined) throw tooMany(waitSeconds)
  const principal = `v${alphanumeric(ports.randomBytes, 22)}`
  const issuedAt = Math.floor(now / 1000)
  const expiresAt = issuedAt + options.sessionSeconds
  const token = makeToken({
    claims: { principal, signedIn: false, roles: [], values: {} },
    issuedAt,
    expiresAt,
  })
  return {
    endpoint: options.endpoint,
    authorizer: options.authorizer,
    tokenKey,
    token,
    signature: await ports.sign(token),
    clientIds: clientIdsOf(principal),
    principal,
    expiresAt,
    reconnectSpreadMs: options.reconnectSpreadMs,
  }
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

function tooMany(waitSeconds: number): ProblemError {
  return new ProblemError({
    status: 429,
    code: 'too-many-sessions',
    title: 'Too many sessions',
    detail: 'this address has opened as many sessions as it may in a minute',
    remedy: `try again in ${waitSeconds} s; one session serves a page for as long as its token lasts`,
    headers: { 'retry-after': String(waitSeconds) },
  })
}
