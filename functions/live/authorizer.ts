/**
 * Who may connect, and what they may hear: from a signed token to AWS IoT policies. AWS checks the signature before
 * it asks; everything else is checked here.
 *
 * @module
 */
import type { IoTCustomAuthorizerEvent } from 'aws-lambda'
import { connectionLifeSeconds } from '../../topics/contract/aws-limits.ts'
import type { TopicContract } from '../../topics/contract/index.ts'
import { clientIdsOf, compilePolicy, type PolicyDocument } from '../../topics/contract/policy.ts'
import { parseToken, timeProblem, type Token } from '../platform/session-token/token.ts'
import { tokenKey } from './session.ts'

/** How long AWS keeps a signed-in person's policies before it asks again, seconds. */
const refreshSeconds = 900

/** https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html */
export interface AuthorizerAnswer {
  readonly isAuthenticated: boolean
  readonly principalId: string
  readonly disconnectAfterInSeconds: number
  readonly refreshAfterInSeconds: number
  readonly policyDocuments: readonly PolicyDocument[]
}

export type Refusal =
  | 'signature not verified'
  | 'no token'
  | 'two tokens'
  | 'not a token of ours'
  | 'token expired'
  | 'token of the future'
  | 'client ID not of this token'
  | 'revoked'
  | 'revocation not known'

export interface AuthorizerOptions {
  readonly contracts: readonly TopicContract[]
  /** `arn:aws:iot:<region>:<account>` */
  readonly arnPrefix: string
  /** Whether the token's principal is revoked since it was issued. `now` is in ms since 1970. */
  readonly isRevoked: (token: Token, now: number) => Promise<boolean>
}

/**
 * The answer to AWS for a connection, or why it is refused. `now` is in ms since 1970.
 *
 * When it cannot be looked up whether a principal is revoked, a visitor is let in and a signed-in person is not: a
 * visitor hears only what anyone may, and a page that cannot connect helps no one; what is one person's own is kept.
 */
export async function authorise(
  event: IoTCustomAuthorizerEvent,
  now: number,
  options: AuthorizerOptions,
): Promise<AuthorizerAnswer | { readonly refused: Refusal }> {
  if (!event.signatureVerified) return { refused: 'signature not verified' }
  if (!event.token) return { refused: 'no token' }
  const mqtt = event.protocolData.mqtt
  const named = usernameParameters(mqtt?.username).getAll(tokenKey)
  // Only one of them can be the one whose signature was verified.
  if (named.some((other) => other !== event.token)) return { refused: 'two tokens' }
  const token = parseToken(event.token)
  if (!token) return { refused: 'not a token of ours' }
  const ofAnotherTime = timeProblem(token, now)
  if (ofAnotherTime) return { refused: ofAnotherTime }
  const { claims } = token
  if (mqtt?.clientId === undefined || !clientIdsOf(claims.principal, claims.seat).includes(mqtt.clientId)) {
    return { refused: 'client ID not of this token' }
  }
  try {
    if (await options.isRevoked(token, now)) return { refused: 'revoked' }
  } catch {
    // A visitor hears only what anyone may, and a page that cannot connect helps no one; docs/parts.md, *Revoking*.
    if (claims.signedIn) return { refused: 'revocation not known' }
  }
  // The connection ends when its token does, or at AWS's shortest life when the token has less left.
  const left = Math.floor(token.expiresAt - now / 1000)
  const lifeSeconds = Math.min(Math.max(left, connectionLifeSeconds.min), connectionLifeSeconds.max)
  return {
    isAuthenticated: true,
    principalId: claims.principal,
    disconnectAfterInSeconds: lifeSeconds,
    // A visitor's policies cannot change, so nobody pays for asking again.
    refreshAfterInSeconds: claims.signedIn
      ? Math.min(refreshSeconds, lifeSeconds)
      : connectionLifeSeconds.max,
    policyDocuments: compilePolicy(options.contracts, claims, options.arnPrefix),
  }
}

/** What AWS is told of a refused connection. */
export const refusal: AuthorizerAnswer = {
  isAuthenticated: false,
  principalId: 'refused',
  disconnectAfterInSeconds: connectionLifeSeconds.min,
  refreshAfterInSeconds: connectionLifeSeconds.min,
  policyDocuments: [],
}

/** The parameters after `?` in an MQTT username; AWS does not say whether it strips them. */
function usernameParameters(username: string | undefined): URLSearchParams {
  const start = username?.indexOf('?') ?? -1
  return new URLSearchParams(start < 0 ? '' : username?.slice(start + 1))
}
