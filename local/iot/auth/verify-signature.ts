/**
 * Who signed a request: the rules around a Signature Version 4, and what to say when one does not hold. Never rejects.
 * docs/aws-iot-core.md §5b.
 *
 * @module
 */
import { signatureLifeSeconds } from '../limits.ts'
import type { IamCredential } from './iam-credential.ts'
import { partsOfHeader, partsOfQuery, type SignatureParts, type SignatureProblem } from './signature-parts.ts'
import { hashOf, type SignedRequest } from './signed-request.ts'
import { isSignedBy } from './sigv4.ts'

export interface SignatureRules {
  readonly credentials: ReadonlyMap<string, IamCredential>
  /** The Region that the broker plays. */
  readonly region: string
  /** Ms since 1970. */
  readonly now: number
}

export type Verification =
  | { readonly credential: IamCredential }
  | { readonly code: SignatureRefusal; readonly message: string }

export type SignatureRefusal =
  | 'SIGNATURE_INCOMPLETE'
  | 'CREDENTIAL_UNKNOWN'
  | 'SECURITY_TOKEN_INVALID'
  | 'SIGNATURE_EXPIRED'
  | 'SCOPE_INVALID'
  | 'SIGNATURE_MISMATCH'
  /** Good, by a secret that everybody knows, and sent by another site's page. */
  | 'FOREIGN_PAGE'

/** Signing names of the data plane: the SDK's own, and the one AWS's texts name. docs/aws-iot-core.md §7. */
const dataPlaneServices = ['iotdata', 'iotdevicegateway']

/** The signing name of the upgrade to a WebSocket. docs/aws-iot-core.md §5b. */
const webSocketServices = ['iotdevicegateway']

/** A data-plane request signed in its `Authorization` header. */
export async function verifyHeader(rules: SignatureRules, request: SignedRequest): Promise<Verification> {
  const parts = partsOfHeader(request)
  if ('problem' in parts) return incomplete(parts)
  const checked = check(rules, parts, dataPlaneServices)
  if (!('credential' in checked)) return checked
  const hash = hashOf(request.body)
  if (parts.payloadHash !== hash)
    return mismatch(
      `x-amz-content-sha256 is ${parts.payloadHash}, and the body's is ${hash}: the body was changed`,
    )
  if (await isSignedBy(checked.credential, request, parts)) return allSigned(request, parts) ?? checked
  return mismatch(wrongSecret(parts))
}

/** A data-plane request signed in its query. */
export async function verifyQuery(rules: SignatureRules, request: SignedRequest): Promise<Verification> {
  const parts = partsOfQuery(request)
  if ('problem' in parts) return incomplete(parts)
  const checked = check(rules, parts, dataPlaneServices)
  if (!('credential' in checked)) return checked
  if (await isSignedBy(checked.credential, request, parts)) return allSigned(request, parts) ?? checked
  return mismatch(wrongSecret(parts))
}

/**
 * Why a message's properties are not the signer's: headers that carry some are signed.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
function allSigned({ headers }: SignedRequest, { signedHeaders }: SignatureParts): Verification | undefined {
  for (const name in headers)
    if (name.startsWith('x-amz-mqtt5-') && !signedHeaders.includes(name))
      return scope(`SignedHeaders is ${signedHeaders.join(';')}; it must name ${name}, which was sent`)
  return undefined
}

/** The upgrade to a WebSocket, presigned. The gateway leaves the session token out of what is signed. */
export async function verifyUpgrade(rules: SignatureRules, request: SignedRequest): Promise<Verification> {
  const parts = partsOfQuery(request)
  if ('problem' in parts) return incomplete(parts)
  const checked = check(rules, parts, webSocketServices)
  if (!('credential' in checked)) return checked
  if (await isSignedBy(checked.credential, request, parts, ['X-Amz-Security-Token'])) return checked
  if (parts.sessionToken !== undefined && (await isSignedBy(checked.credential, request, parts)))
    return mismatch(
      'the signature covers X-Amz-Security-Token, which IoT Core leaves out: sign the URL without it and append it after X-Amz-Signature',
    )
  return mismatch(wrongSecret(parts))
}

/** Everything but the signature itself. */
function check(rules: SignatureRules, parts: SignatureParts, services: readonly string[]): Verification {
  const { credentials, region, now } = rules
  const credential = credentials.get(parts.accessKeyId)
  if (!credential)
    return {
      code: 'CREDENTIAL_UNKNOWN',
      message: `there is no access key ${parts.accessKeyId.slice(0, 128)}; the local broker knows ${[...credentials.keys()].join(', ') || 'none'}`,
    }
  if (parts.sessionToken !== credential.sessionToken)
    return {
      code: 'SECURITY_TOKEN_INVALID',
      message: `access key ${parts.accessKeyId} ${
        credential.sessionToken === undefined
          ? 'has no session token, and X-Amz-Security-Token was sent: leave AWS_SESSION_TOKEN out'
          : `needs its session token, and X-Amz-Security-Token is ${parts.sessionToken === undefined ? 'missing' : 'another'}`
      }`,
    }
  if (parts.region !== region) return scope(`signed for Region ${parts.region}; this broker plays ${region}`)
  if (!services.includes(parts.service))
    return scope(`signed for service ${parts.service}; use ${services.join(' or ')}`)
  if (new Date(parts.signedAt).toISOString().slice(0, 10).replaceAll('-', '') !== parts.scopeDate)
    return scope(`the credential's date is ${parts.scopeDate}, and X-Amz-Date is of another day`)
  if (!parts.signedHeaders.includes('host'))
    return scope(`SignedHeaders is ${parts.signedHeaders.join(';') || 'empty'}; it must name host`)
  const ageSeconds = (now - parts.signedAt) / 1000
  const life = Math.min(parts.expiresSeconds ?? signatureLifeSeconds, signatureLifeSeconds)
  if (ageSeconds > life || ageSeconds < -signatureLifeSeconds)
    return {
      code: 'SIGNATURE_EXPIRED',
      message: `signed at ${new Date(parts.signedAt).toISOString()}, and it is ${new Date(now).toISOString()} here: a signature is good for ${life} s. Sign for each attempt, and set the clock`,
    }
  return { credential }
}

function wrongSecret({ accessKeyId, signedHeaders }: SignatureParts): string {
  return `the signature is not that of access key ${accessKeyId}: its secret is another, or what it covers was changed on the way (${signedHeaders.join(', ')}, the path, the query or the body)`
}

function incomplete({ problem }: SignatureProblem): Verification {
  return { code: 'SIGNATURE_INCOMPLETE', message: problem }
}

function scope(message: string): Verification {
  return { code: 'SCOPE_INVALID', message }
}

function mismatch(message: string): Verification {
  return { code: 'SIGNATURE_MISMATCH', message }
}
