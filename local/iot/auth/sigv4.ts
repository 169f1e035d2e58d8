/**
 * Recomputes the AWS Signature Version 4 of a request, with the library that the SDKs sign with, and says whose it is.
 * docs/aws-iot-core.md §5b.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { IamCredential } from './iam-credential.ts'
import type { SignatureParts } from './signature-parts.ts'
import type { SignedRequest } from './signed-request.ts'

type HttpRequest = Parameters<SignatureV4['presign']>[0]

const algorithm = 'AWS4-HMAC-SHA256'

/** The protected steps of the library's own signing; it keeps the signing keys of a day, Region and service. */
class Recomputing extends SignatureV4 {
  constructor(credentials: IamCredential) {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials
    super({
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
      region: 'none',
      service: 'none',
      sha256: Sha256,
    })
  }

  async signatureOf(
    request: HttpRequest,
    signed: Record<string, string>,
    parts: SignatureParts,
  ): Promise<string> {
    const canonical = this.createCanonicalRequest(request, signed, parts.payloadHash)
    const { longDate, shortDate } = this.formatDate(new Date(parts.signedAt))
    const scope = `${shortDate}/${parts.region}/${parts.service}/aws4_request`
    const toSign = await this.createStringToSign(longDate, scope, canonical, algorithm)
    return this.sign(toSign, {
      signingDate: new Date(parts.signedAt),
      signingRegion: parts.region,
      signingService: parts.service,
    })
  }
}

const recomputing = new WeakMap<IamCredential, Recomputing>()

/**
 * Whether the credential signed this request. `omit` names query parameters that the signature leaves out. A client
 * that leaves the port out of the host it signs, as those for `wss` do, is right as well: on AWS there is none.
 */
export async function isSignedBy(
  credential: IamCredential,
  request: SignedRequest,
  parts: SignatureParts,
  omit: readonly string[] = [],
): Promise<boolean> {
  let signer = recomputing.get(credential)
  if (!signer) recomputing.set(credential, (signer = new Recomputing(credential)))
  const { method, path, headers } = request
  const query: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(request.query))
    if (!omit.includes(name)) query[name] = typeof value === 'string' ? value : [...value]
  const http: HttpRequest = { protocol: 'http:', hostname: 'localhost', method, path, query, headers: {} }
  const signed: Record<string, string> = {}
  for (const name of parts.signedHeaders)
    signed[name] = (headers[name] ?? '').replaceAll(/[ \t\r\n]+/g, ' ').trim()
  if (isSame(await signer.signatureOf(http, signed, parts), parts.signature)) return true
  const withoutPort = signed['host']?.replace(/:\d+$/, '')
  if (withoutPort === undefined || withoutPort === signed['host']) return false
  signed['host'] = withoutPort
  return isSame(await signer.signatureOf(http, signed, parts), parts.signature)
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}
