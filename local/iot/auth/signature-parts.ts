/**
 * Reads what a Signature Version 4 says of itself: in the `Authorization` header, or in the query of a presigned URL.
 * Pure. docs/aws-iot-core.md §5b.
 *
 * @module
 */
import { hashOf, type SignedRequest } from './signed-request.ts'

export interface SignatureParts {
  readonly accessKeyId: string
  /** `20261006`, of the credential's scope. */
  readonly scopeDate: string
  readonly region: string
  /** The signing name: `iotdata` or `iotdevicegateway`. */
  readonly service: string
  /** Ms since 1970. */
  readonly signedAt: number
  /** Lower case, as listed. */
  readonly signedHeaders: readonly string[]
  /** Hexadecimal. */
  readonly signature: string
  readonly sessionToken: string | undefined
  /** SHA-256 of the body, hexadecimal, or what the signer says in its place. */
  readonly payloadHash: string
  /** Seconds that a presigned URL is to be good for. */
  readonly expiresSeconds: number | undefined
}

/** Why a signature lets nobody in: what was seen, and the remedy. */
export interface SignatureProblem {
  readonly problem: string
}

/** Whether the request carries a signature in its header. */
export function hasSignedHeader(headers: SignedRequest['headers']): boolean {
  return headers['authorization']?.startsWith('AWS4-HMAC-SHA256 ') ?? false
}

/** Whether the request carries a signature in its query. */
export function hasSignedQuery(query: SignedRequest['query']): boolean {
  return 'X-Amz-Algorithm' in query || 'X-Amz-Signature' in query
}

/** From `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`. */
export function partsOfHeader({ headers, body }: SignedRequest): SignatureParts | SignatureProblem {
  const fields = new Map<string, string>()
  for (const field of (headers['authorization'] ?? '').slice('AWS4-HMAC-SHA256 '.length).split(',')) {
    const at = field.indexOf('=')
    fields.set(field.slice(0, at).trim(), field.slice(at + 1).trim())
  }
  return assemble({
    where: 'the Authorization header',
    credential: fields.get('Credential'),
    date: headers['x-amz-date'],
    signedHeaders: fields.get('SignedHeaders'),
    signature: fields.get('Signature'),
    sessionToken: headers['x-amz-security-token'],
    payloadHash: headers['x-amz-content-sha256'] ?? hashOf(body),
    expires: undefined,
  })
}

/** From `?X-Amz-Algorithm=…&X-Amz-Credential=…`. */
export function partsOfQuery({ query, body }: SignedRequest): SignatureParts | SignatureProblem {
  const first = (name: string): string | undefined => {
    const value = query[name]
    return typeof value === 'string' ? value : value?.[0]
  }
  const algorithm = first('X-Amz-Algorithm')
  if (algorithm !== 'AWS4-HMAC-SHA256')
    return { problem: `X-Amz-Algorithm is ${seen(algorithm)}; sign with AWS4-HMAC-SHA256` }
  return assemble({
    where: 'the query',
    credential: first('X-Amz-Credential'),
    date: first('X-Amz-Date'),
    signedHeaders: first('X-Amz-SignedHeaders'),
    signature: first('X-Amz-Signature'),
    sessionToken: first('X-Amz-Security-Token'),
    payloadHash: hashOf(body),
    expires: first('X-Amz-Expires'),
  })
}

interface RawParts {
  readonly where: string
  readonly credential: string | undefined
  readonly date: string | undefined
  readonly signedHeaders: string | undefined
  readonly signature: string | undefined
  readonly sessionToken: string | undefined
  readonly payloadHash: string
  readonly expires: string | undefined
}

function assemble(raw: RawParts): SignatureParts | SignatureProblem {
  const { where, credential, date, signedHeaders, signature, expires } = raw
  const scope = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(credential ?? '')
  if (!scope)
    return {
      problem: `the Credential in ${where} is ${seen(credential)}; it is <access key>/<yyyymmdd>/<Region>/<service>/aws4_request`,
    }
  const [, accessKeyId = '', scopeDate = '', region = '', service = ''] = scope
  const signedAt = readDate(date)
  if (signedAt === undefined) return { problem: `X-Amz-Date is ${seen(date)}; it is yyyymmddThhmmssZ` }
  if (signature === undefined || !/^[0-9a-f]{64}$/.test(signature))
    return { problem: `the Signature in ${where} is ${seen(signature)}; it is 64 hexadecimal digits` }
  if (expires !== undefined && !/^\d{1,6}$/.test(expires))
    return { problem: `X-Amz-Expires is ${seen(expires)}; it is a number of seconds` }
  return {
    accessKeyId,
    scopeDate,
    region,
    service,
    signedAt,
    signedHeaders: (signedHeaders ?? '').toLowerCase().split(';'),
    signature,
    sessionToken: raw.sessionToken,
    payloadHash: raw.payloadHash,
    expiresSeconds: expires === undefined ? undefined : Number(expires),
  }
}

/** `20261006T123456Z` in ms since 1970, or undefined. */
function readDate(date: string | undefined): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date ?? '')
  if (!found) return undefined
  const [, year, month, day, hour, minute, second] = found
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(at) ? undefined : at
}

function seen(value: string | undefined): string {
  return value === undefined ? 'missing' : JSON.stringify(value.slice(0, 120))
}
