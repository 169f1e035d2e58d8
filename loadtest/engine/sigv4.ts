/**
 * AWS Signature Version 4 of what the tester sends: presigned WebSocket URLs and data-plane requests. docs/aws-iot-core.md §5b.
 *
 * @module
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'

/** Node's SHA-256 in the shape that the signer wants. */
class Sha256 {
  #hash: Hash | Hmac
  readonly #secret: Uint8Array | string | undefined

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined || typeof secret === 'string' ? secret : bytesOf(secret)
    this.#hash = this.#begin()
  }

  update(data: Uint8Array): void {
    this.#hash.update(data)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    this.#hash = this.#begin()
  }

  #begin(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret)
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}

export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Credentials that the tester cannot do without. */
export class CredentialsMissingError extends Error {
  override readonly name = 'CredentialsMissingError'
}

/** From AWS_ACCESS_KEY_ID and its companions; the local stack's own keys where `local` says so. Throws CredentialsMissingError. */
export function keysFrom(env: NodeJS.ProcessEnv, local: boolean): AwsKeys {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (local) return { accessKeyId: 'local', secretAccessKey: 'local' }
  if (!accessKeyId || !secretAccessKey)
    throw new CredentialsMissingError('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: export them')
  const sessionToken = env['AWS_SESSION_TOKEN']
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
}

/** Path and query that open a WebSocket for five minutes; the session token comes last and is not signed. */
export async function presignedPath(url: URL, region: string, keys: AwsKeys): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = keys
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region,
    service: 'iotdevicegateway',
    sha256: Sha256,
  })
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: { host: url.host },
    },
    { expiresIn: 300 },
  )
  const parameters = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  )
  if (sessionToken) parameters.push(`X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`)
  return `${url.pathname}?${parameters.join('&')}`
}

/** Signs requests to the data plane. */
export function dataPlaneSigner(region: string, keys: AwsKeys) {
  const signer = new SignatureV4({ credentials: keys, region, service: 'iotdata', sha256: Sha256 })
  return async (url: URL, body: Uint8Array): Promise<Record<string, string>> => {
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, 'content-type': 'application/octet-stream' },
      body,
    })
    return headers
  }
}
