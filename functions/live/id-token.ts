/**
 * Whether an ID token counts: signed by the configured issuer, for this client, in its time.
 * OpenID Connect Core 1.0 §3.1.3.7. Its `nonce` is the browser's to compare: only it knows what it asked with.
 *
 * @module
 */
import { decodeProtectedHeader, errors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { unauthorised } from '../platform/http.ts'
import type { ProblemError } from '../platform/problem.ts'
import { clockSkewMs } from '../platform/session-token/token.ts'
import type { IdTokenClaims } from './identity.ts'

export interface IdTokenChecks {
  readonly issuer: string
  /** The client ID that the issuer knows this deployment's pages by. */
  readonly clientId: string
  readonly keys: JWTVerifyGetKey
}

/** The longest ID token that is looked at, characters. API Gateway takes headers of 10,240 bytes together. */
export const idTokenLengthMax = 8_192

/** How old an ID token may be whatever it says, seconds: who signed in longer ago signs in again. */
const idTokenAgeMaxSeconds = 86_400

/** Asymmetric ones only: with a shared secret, whoever can verify could also sign. */
const algorithms = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')

/** What a verified ID token says. */
export interface VerifiedIdToken {
  readonly claims: IdTokenClaims
  /** Seconds since 1970. */
  readonly expiresAt: number
  /** When the person proved who they are, seconds since 1970: `auth_time`, or where the issuer does not say it, `iat`. */
  readonly authenticatedAt: number
}

/** Verifies an ID token at `now`, ms since 1970. Throws ProblemError 401 saying why it does not count, or what `keys` throws. */
export async function verifyIdToken(
  idToken: string,
  { issuer, clientId, keys }: IdTokenChecks,
  now: number,
): Promise<VerifiedIdToken> {
  if (idToken.length > idTokenLengthMax) {
    throw refused(`it has ${idToken.length} characters, and ${idTokenLengthMax} are the most`)
  }
  try {
    // A JWT of another use says so: an access token (RFC 9068) is `at+jwt`, and is no proof of who holds it.
    const { typ } = decodeProtectedHeader(idToken)
    if (typ !== undefined && !/^jwt$/i.test(typ)) throw refused('its header says it is for another use')
    const { payload } = await jwtVerify(idToken, keys, {
      algorithms,
      issuer,
      audience: clientId,
      currentDate: new Date(now),
      clockTolerance: clockSkewMs / 1000,
      maxTokenAge: idTokenAgeMaxSeconds,
      requiredClaims: ['exp', 'sub'],
    })
    const { iss = '', sub, aud, azp, exp = 0, iat = 0, auth_time: authTime = iat } = payload
    if (typeof sub !== 'string' || sub === '' || sub.length > 255) throw refused('its sub is none')
    // Given to another client, and for us only among others: that client could use it here as the person.
    const forOthers = Array.isArray(aud) && aud.length > 1 && azp === undefined
    if (forOthers || (azp !== undefined && azp !== clientId)) throw refused('it was given to another client')
    // The tolerance is for clocks; a session cannot end before it begins.
    if (exp * 1000 <= now) throw refused('it has expired')
    if (typeof authTime !== 'number') throw refused('its auth_time is none')
    return {
      claims: { ...payload, iss, sub },
      expiresAt: Math.floor(exp),
      authenticatedAt: Math.floor(Math.min(authTime, iat)),
    }
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw refused(reasonOf(error))
    throw error
  }
}

/** Why, in our words: what a forged token says of itself is not repeated. */
function reasonOf(error: Error): string {
  if (error instanceof errors.JWTExpired) {
    return error.claim === 'iat' ? 'it was issued too long ago' : 'it has expired'
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const reasons: Readonly<Record<string, string>> = {
      iss: 'it is of another issuer',
      aud: 'it is for another client',
      nbf: 'its time has not come',
      iat: 'it was issued in the future, or does not say when',
    }
    return reasons[error.claim] ?? `its ${error.claim} is missing or unfit`
  }
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'no key of the issuer is its own'
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not allowed'
  return 'it is no signed JWT'
}

function refused(reason: string): ProblemError {
  return unauthorised(
    `the ID token does not count: ${reason}`,
    'sign in anew, and send the ID token that the issuer gave for this client',
  )
}
