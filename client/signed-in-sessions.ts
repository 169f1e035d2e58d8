/**
 * Sessions of people who signed in: `POST /session` with their ID token.
 *
 * @module
 */
import type { Claims } from '../topics/contract/access.ts'
import type { Session } from '../topics/contract/session.ts'
import { ClientError } from './errors.ts'
import type { SessionCallback } from './session.ts'

/** Where the time and HTTP come from; a test passes its own. */
export interface SignedInSessionsOptions {
  /** Default: the platform's. */
  readonly fetch?: typeof fetch
  /** Called when `/session` answers 401: the ID token counts no more there, and asking again with it is in vain. */
  readonly onRefused?: () => void
  /** Milliseconds since 1970. Default: the platform's. */
  readonly now?: () => number
}

/**
 * For the option `session` of `connect`: asks `POST /session` with the ID token that `getIdToken` gives, and gives the
 * session again until nine tenths of its life are over. It throws what `getIdToken` throws, and ClientError
 * `HTTP_STATUS` for what `/session` answers: 401 when the token does not count.
 *
 * @example
 * connect({ api, session: signedInSessions(api, signIn.getIdToken) })
 */
export function signedInSessions(
  api: string,
  getIdToken: () => Promise<string>,
  options: SignedInSessionsOptions = {},
): SessionCallback {
  const { fetch: request = (url, init) => fetch(url, init), now = Date.now } = options
  let kept: Session | undefined
  let until = 0
  return async ({ fresh }) => {
    if (kept && !fresh && now() < until) return kept
    kept = undefined
    const authorization = `Bearer ${await getIdToken()}`
    const response = await request(`${api}/session`, { method: 'POST', headers: { authorization } })
    const { ok, status } = response
    if (status === 401) options.onRefused?.()
    if (!ok) throw new ClientError('HTTP_STATUS', `/session answered ${status}`, { status })
    const session = (await response.json()) as Session
    until = now() * 0.1 + session.expiresAt * 900
    return (kept = session)
  }
}

/**
 * What a session's token says of its bearer, for showing and for naming topics: the page of an agent finds
 * `values.agentId` here. Whether it is true is for those to say who verify it. Throws an Error for what is no token.
 */
export function sessionClaims(session: Session): Claims {
  const base64 = session.token.replaceAll('-', '+').replaceAll('_', '/')
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const { principal, signedIn, roles, values } = JSON.parse(new TextDecoder().decode(bytes)) as Claims
  return { principal, signedIn, roles, values }
}
