/**
 * A custom authorizer as IoT Core knows it, and its token's signature.
 *
 * @module
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'

/** AWS::IoT::Authorizer, and the way to its Lambda function. docs/aws-iot-core.md §10. */
export interface AuthorizerOptions {
  readonly name: string
  /** The parameter that carries the token; needed unless signing is disabled. */
  readonly tokenKeyName?: string | undefined
  readonly signingDisabled: boolean
  /** An INACTIVE one lets nobody in. Default: ACTIVE. */
  readonly status?: 'ACTIVE' | 'INACTIVE' | undefined
  /** Whether its answer to an HTTP publish holds for the next ones on the same TCP connection. Default: false. */
  readonly enableCachingForHttp?: boolean | undefined
  /** PEM by the key's name; RSA, at least 2048 bits. One that verifies is enough, so that keys can be rotated. */
  readonly publicKeys: Readonly<Record<string, string>>
  /** Calls the function; a rejection is a failed invocation. */
  invoke(event: unknown): Promise<unknown>
}

export interface Authorizer extends Pick<
  AuthorizerOptions,
  'name' | 'tokenKeyName' | 'signingDisabled' | 'invoke'
> {
  readonly active: boolean
  readonly cachedForHttp: boolean
  /** Whether one of the keys signed the token: RSASSA-PKCS1-v1_5 with SHA-256 over its characters. docs/aws-iot-core.md §5a. */
  verifies(token: string, signature: string): boolean
}

/** An authorizer that IoT Core would not have taken. */
export class AuthorizerOptionsError extends Error {
  override readonly name = 'AuthorizerOptionsError'
  readonly code = 'INVALID_AUTHORIZER'
}

/** Reads the keys once. Throws AuthorizerOptionsError when there is none, or one is not RSA of 2048 bits or more. */
export function readAuthorizer(options: AuthorizerOptions): Authorizer {
  const keys = Object.entries(options.publicKeys).map(([name, pem]) => readKey(options.name, name, pem))
  if (!options.signingDisabled && keys.length === 0)
    throw new AuthorizerOptionsError(
      `authorizer ${options.name} has no public key; give TokenSigningPublicKeys, or disable signing`,
    )
  if (!options.signingDisabled && options.tokenKeyName === undefined)
    throw new AuthorizerOptionsError(
      `authorizer ${options.name} has no tokenKeyName; give TokenKeyName, or disable signing`,
    )
  return {
    name: options.name,
    tokenKeyName: options.tokenKeyName,
    signingDisabled: options.signingDisabled,
    active: options.status !== 'INACTIVE',
    cachedForHttp: options.enableCachingForHttp ?? false,
    invoke: (event) => options.invoke(event),
    verifies(token, signature) {
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(signature)) return false
      const bytes = Buffer.from(signature, 'base64')
      const signed = Buffer.from(token)
      return keys.some((key) => verify('sha256', signed, key, bytes))
    },
  }
}

function readKey(authorizer: string, name: string, pem: string): KeyObject {
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch (cause) {
    throw new AuthorizerOptionsError(
      `authorizer ${authorizer}: public key ${name} is not PEM (${pem.length} characters)`,
      { cause },
    )
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (key.asymmetricKeyType !== 'rsa' || bits < 2048)
    throw new AuthorizerOptionsError(
      `authorizer ${authorizer}: public key ${name} is ${key.asymmetricKeyType} of ${bits} bits; AWS takes RSA of 2048 or more`,
    )
  return key
}
