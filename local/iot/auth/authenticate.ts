/**
 * Lets a client in by its custom authorizer: the token's signature first, the Lambda after it. docs/aws-iot-core.md §5a.
 *
 * @module
 */
import type { Clock } from '../../clock.ts'
import { authorizerTimeoutMs } from '../limits.ts'
import type { Authorizer } from './authorizer.ts'
import { type AuthorizerAnswer, readAuthorizerAnswer } from './authorizer-answer.ts'
import type { Credentials, Upgrade } from './credentials.ts'

/** What the CONNECT carried. */
export interface ConnectCredentials {
  readonly username: string | undefined
  readonly password: Buffer | undefined
  readonly clientId: string
}

export type Authentication =
  | {
      readonly admitted: true
      readonly answer: AuthorizerAnswer
      readonly authorizer: Authorizer
      readonly event: unknown
    }
  | { readonly admitted: false; readonly code: RefusalCode; readonly message: string }

/** This broker's words; AWS has its own in CloudWatch. docs/aws-iot-core.md §5a. */
export type RefusalCode =
  | 'AUTHORIZER_NOT_FOUND'
  | 'AUTHORIZER_INACTIVE'
  | 'TOKEN_MISSING'
  | 'SIGNATURE_INVALID'
  | 'AUTHORIZER_FAILED'
  | 'NOT_AUTHENTICATED'

/**
 * Finds the authorizer, checks the signature and asks the Lambda. `connect` is undefined for a publish over HTTP.
 * Never rejects.
 */
export async function authenticate(
  clock: Clock,
  authorizers: ReadonlyMap<string, Authorizer>,
  defaultAuthorizer: string | undefined,
  upgrade: Upgrade,
  credentials: Credentials,
  connect: ConnectCredentials | undefined,
  connectionId: string,
): Promise<Authentication> {
  const no = (code: RefusalCode, message: string): Authentication => ({ admitted: false, code, message })
  const name = credentials.authorizerName ?? defaultAuthorizer
  const authorizer = name === undefined ? undefined : authorizers.get(name)
  if (!authorizer)
    return no(
      'AUTHORIZER_NOT_FOUND',
      name === undefined
        ? 'no x-amz-customauthorizer-name, and there is no default authorizer'
        : `there is no authorizer ${JSON.stringify(name)}; there are: ${[...authorizers.keys()].join(', ') || 'none'}`,
    )
  if (!authorizer.active)
    return no('AUTHORIZER_INACTIVE', `authorizer ${authorizer.name} is INACTIVE; set its Status to ACTIVE`)
  const token = authorizer.tokenKeyName === undefined ? undefined : credentials.get(authorizer.tokenKeyName)
  if (!authorizer.signingDisabled) {
    const { signature } = credentials
    if (token === undefined || signature === undefined)
      return no(
        'TOKEN_MISSING',
        `${token === undefined ? authorizer.tokenKeyName : 'x-amz-customauthorizer-signature'} is missing`,
      )
    if (!authorizer.verifies(token, signature))
      return no('SIGNATURE_INVALID', 'no public key verifies the signature; is it URL-encoded base64?')
  }
  const event = authorizerEvent(authorizer, token, upgrade, connect, connectionId)
  return askAuthorizer(clock, authorizer, event)
}

/** Asks the Lambda, at connect and at each refresh with the same event. Never rejects. */
export async function askAuthorizer(
  clock: Clock,
  authorizer: Authorizer,
  event: unknown,
): Promise<Authentication> {
  try {
    const answer = readAuthorizerAnswer(await within(clock, authorizer.invoke(event)))
    if (answer.isAuthenticated) return { admitted: true, answer, authorizer, event }
    return { admitted: false, code: 'NOT_AUTHENTICATED', message: `authorizer ${authorizer.name} said no` }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return {
      admitted: false,
      code: 'AUTHORIZER_FAILED',
      message: `authorizer ${authorizer.name}: ${message}`,
    }
  }
}

/** The event of §5a. What the local broker has no TLS for is told as the browser would have it. */
function authorizerEvent(
  authorizer: Authorizer,
  token: string | undefined,
  upgrade: Upgrade,
  connect: ConnectCredentials | undefined,
  connectionId: string,
): unknown {
  // A publish over HTTP has the http part alone, plain MQTT has none.
  const tls = connect && { serverName: upgrade.serverName === '' ? 'localhost' : upgrade.serverName }
  const http = Object.keys(upgrade.headers).length > 0 && {
    headers: upgrade.headers,
    queryString: upgrade.queryString,
  }
  const mqtt = connect && {
    // Whole, with what follows the `?`: docs/aws-iot-core.md §12.9.
    ...(connect.username === undefined ? {} : { username: connect.username }),
    ...(connect.password === undefined ? {} : { password: connect.password.toString('base64') }),
    clientId: connect.clientId,
  }
  const protocolData = { ...(tls && { tls }), ...(http && { http }), ...(mqtt && { mqtt }) }
  return {
    ...(token === undefined ? {} : { token }),
    signatureVerified: !authorizer.signingDisabled,
    protocols: Object.keys(protocolData),
    protocolData,
    connectionMetadata: { id: connectionId },
  }
}

async function within(clock: Clock, answer: Promise<unknown>): Promise<unknown> {
  let cancel = (): void => {}
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(authorizerTimeoutMs, () => {
      reject(new Error(`no answer within ${authorizerTimeoutMs} ms`))
    })
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    cancel()
  }
}
