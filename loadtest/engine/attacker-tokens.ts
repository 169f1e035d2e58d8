/**
 * What an attacker connects with: the real authorizer's name, and a token that it must refuse. The session that it is made of is had
 * before the run begins, so that no flood's own limit stands in its way.
 *
 * @module
 */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Session } from '../../topics/contract/index.ts'
import type { Flood, LoadPlan } from '../plan.ts'
import { addToken, sessionMqttUrl } from './admission.ts'
import { sendRequest } from './http-request.ts'
import { CredentialsMissingError } from './sigv4.ts'

type Credentials = Pick<Session, 'authorizer' | 'tokenKey' | 'token'> & {
  readonly endpoint: string | undefined
  readonly signature: string | undefined
}

/** Where a flood of connections goes, with its credentials in the query; or why there are none. */
export type AttackerUrl = { readonly url: URL } | { readonly missing: string }

export interface AttackerTokens {
  /** Gets the session that tokens are made of. Call it before the run begins. */
  start(): Promise<void>
  urlOf(kind: NonNullable<Flood['token']>): AttackerUrl
}

/** How long an expired token has been worth nothing, seconds. */
const expiredSeconds = 3600

/** Throws CredentialsMissingError when a token is to be signed and the key is not there. */
export function attackerTokens(plan: LoadPlan, env: NodeJS.ProcessEnv): AttackerTokens {
  const floods = plan.phases.flatMap((phase) => phase.floods).filter(({ kind }) => kind === 'connect')
  const key = floods.some(({ token }) => token === 'expired') ? signingKey(plan, env) : undefined
  let real: Credentials | { readonly missing: string } = { missing: 'the run has not begun' }
  return {
    async start() {
      if (floods.length > 0) real = await realCredentials(plan, env)
    },
    urlOf(kind) {
      if ('missing' in real) return real
      const made = kind === 'forged' ? forged(real) : key && expired(real, key)
      if (!made) return { missing: 'the target’s token is none that says when it expires' }
      const led = sessionMqttUrl(plan.target, made.endpoint ?? '')
      if ('refused' in led) return { missing: led.refused }
      addToken(led.url, made)
      return led
    },
  }
}

/** A real token with a character more, under the real one's signature. */
function forged(real: Credentials): Credentials {
  return { ...real, token: `${real.token}A`, signature: real.signature ?? 'Zm9yZ2Vk' }
}

/** A real token whose time was over an hour ago, rightly signed; undefined for a token of another make. */
function expired(real: Credentials, key: KeyObject): Credentials | undefined {
  try {
    const said: unknown = JSON.parse(Buffer.from(real.token, 'base64url').toString())
    if (typeof said !== 'object' || said === null || !('expiresAt' in said) || !('issuedAt' in said))
      return undefined
    const expiresAt = Math.floor(Date.now() / 1000) - expiredSeconds
    const issuedAt = expiresAt - (Number(said.expiresAt) - Number(said.issuedAt))
    const token = Buffer.from(JSON.stringify({ ...said, issuedAt, expiresAt })).toString('base64url')
    return { ...real, token, signature: sign('RSA-SHA256', Buffer.from(token), key).toString('base64') }
  } catch {
    // Not JSON: the token of somebody else's authorizer, which is what the caller asks.
    return undefined
  }
}

async function realCredentials(
  { target }: LoadPlan,
  env: NodeJS.ProcessEnv,
): Promise<Credentials | { readonly missing: string }> {
  const { authentication, mqttUrl: endpoint } = target
  if (authentication.kind === 'token') {
    const { authorizer, tokenKey, tokenVariable, signatureVariable = '' } = authentication
    const [token = '', signature] = [env[tokenVariable], env[signatureVariable]]
    return { authorizer, tokenKey, token, signature, endpoint }
  }
  // Without a custom authorizer nobody names one: the refusal is of an authorizer that is not there.
  if (authentication.kind !== 'session')
    return { authorizer: 'forged', tokenKey: 'token', token: 'forged', signature: undefined, endpoint }
  const { status, said, body } = await sendRequest({ url: new URL(authentication.url), method: 'POST' })
  if (status !== 200) return { missing: `no session to make its token of: ${said}` }
  try {
    return JSON.parse(body) as Session
  } catch {
    // Whatever it answered, it is no session; the flood's figures say so.
    return { missing: 'no session to make its token of: not readable' }
  }
}

/** The key that the target's sessions are signed with: LOAD_SIGNING_KEY, a PEM file; for the local stack that of its data folder. */
function signingKey({ target }: LoadPlan, env: NodeJS.ProcessEnv): KeyObject {
  const local =
    target.kind === 'local' ? join(env['FANFARE_DATA'] ?? '.fanfare/data', 'keys', 'current.pem') : undefined
  const file = env['LOAD_SIGNING_KEY'] ?? local
  if (file === undefined)
    throw new CredentialsMissingError(
      'a flood with expired tokens signs them: set LOAD_SIGNING_KEY to the PEM file of the key that signs sessions, or flood with token: forged',
    )
  try {
    return createPrivateKey(readFileSync(file))
  } catch (cause) {
    throw new CredentialsMissingError(
      `the key that signs expired tokens cannot be read from ${file} (${(cause as NodeJS.ErrnoException).code ?? String(cause)}); set LOAD_SIGNING_KEY to its PEM file, or FANFARE_DATA to the stack's data folder`,
      { cause },
    )
  }
}
