/**
 * What a client says to be let in: the authorizer's name, its token and signature, in the upgrade's query or headers,
 * or after the `?` of the CONNECT username. Pure. docs/aws-iot-core.md §5a.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { IamCredential } from './iam-credential.ts'

/** The HTTP request that became a WebSocket. */
export interface Upgrade {
  /** `?a=b`, or empty. */
  readonly queryString: string
  readonly headers: Readonly<Record<string, string>>
  /** Host name without the port, as TLS would name it. */
  readonly serverName: string
  readonly remoteAddress: string
  /** Who presigned it, once that is verified. docs/aws-iot-core.md §5b. */
  readonly signedBy?: IamCredential
}

export interface Credentials {
  /** The value under this name: from the username first, else the query, else the headers. */
  get(name: string): string | undefined
  readonly authorizerName: string | undefined
  /** Base64. */
  readonly signature: string | undefined
}

/** Reads the credentials of a connection. Unknown parameters are left alone: newer SDKs append metrics. */
export function readCredentials(upgrade: Upgrade, username: string | undefined): Credentials {
  const questionMark = username?.indexOf('?') ?? -1
  const fromUsername = new URLSearchParams(questionMark < 0 ? '' : username?.slice(questionMark + 1))
  const fromQuery = new URLSearchParams(upgrade.queryString)
  const get = (name: string): string | undefined =>
    fromUsername.get(name) ?? fromQuery.get(name) ?? upgrade.headers[name.toLowerCase()]
  return {
    get,
    authorizerName: get('x-amz-customauthorizer-name'),
    signature: get('x-amz-customauthorizer-signature'),
  }
}

/** An upgrade from Node's request, header names in lower case. */
export function readUpgrade(
  url: string,
  headers: IncomingHttpHeaders,
  remoteAddress: string | undefined,
  signedBy?: IamCredential,
): Upgrade {
  const at = url.indexOf('?')
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  return {
    queryString: at < 0 ? '' : url.slice(at),
    headers: flat,
    serverName: (headers.host ?? '').replace(/:\d+$/, ''),
    remoteAddress: remoteAddress ?? '',
    ...(signedBy ? { signedBy } : {}),
  }
}
