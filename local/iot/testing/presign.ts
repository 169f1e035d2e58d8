import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'

export interface PresignOptions {
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  readonly region?: string
  readonly service?: string
  /** Ms since 1970. */
  readonly at: number
  readonly expiresSeconds?: number
  /** Whether the token is among what is signed, as it is everywhere but at this gateway. Default: false. */
  readonly tokenSigned?: boolean
}

/** A broker's address, presigned as AWS's browser SDK does it: the session token comes last, and is not signed. docs/aws-iot-core.md §5b. */
export async function presign(
  url: string,
  {
    accessKeyId = 'local',
    secretAccessKey = 'local',
    sessionToken,
    region = 'eu-west-1',
    service = 'iotdevicegateway',
    at,
    expiresSeconds = 300,
    tokenSigned = false,
  }: PresignOptions,
): Promise<string> {
  const { hostname, host, pathname } = new URL(url)
  const signed = tokenSigned && sessionToken !== undefined ? { sessionToken } : {}
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey, ...signed },
    region,
    service,
    sha256: Sha256,
  })
  const { query = {} } = await signer.presign(
    { method: 'GET', protocol: 'wss:', hostname, path: pathname, query: {}, headers: { host } },
    { signingDate: new Date(at), expiresIn: expiresSeconds },
  )
  const parameters = Object.entries(query).map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
  )
  if (sessionToken !== undefined && !tokenSigned)
    parameters.push(`X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`)
  return `${url}?${parameters.join('&')}`
}
