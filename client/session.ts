/**
 * Sessions: what a client needs to connect, from `POST /session` or from the application's own callback.
 *
 * @module
 */
import type { Session } from '../topics/contract/session.ts'
import type { Clock } from './clock.ts'
import { ClientError } from './errors.ts'

export type { Session }

export interface SessionRequest {
  /** True when the session given last must not be given again: the broker refused it, or it is about to end. */
  readonly fresh: boolean
}

/** Asked on every attempt to connect. It may give the same session again while its token lasts and `fresh` is false. */
export type SessionCallback = (request: SessionRequest) => Promise<Session>

/** Where the session's WebSocket opens. The browser cannot set headers there, so AWS takes them from the query. */
export function webSocketUrl(session: Session): string {
  const query = new URLSearchParams({
    'x-amz-customauthorizer-name': session.authorizer,
    [session.tokenKey]: session.token,
    'x-amz-customauthorizer-signature': session.signature,
  })
  return `${session.endpoint}?${query}`
}

/** The session as `Authorization` for `/state` and `/events`. */
export function bearerOf(session: Session): string {
  const signature = session.signature.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return `Bearer ${session.token}.${signature}`
}

/** A callback that asks `POST /session` for a visitor's session and gives it again until nine tenths of its life are over. */
export function visitorSessions(
  api: string,
  request: (url: string, init: RequestInit) => Promise<Response>,
  clock: Clock,
): SessionCallback {
  let kept: Session | undefined
  let until = 0
  return async ({ fresh }) => {
    if (kept && !fresh && clock.now() < until) return kept
    kept = undefined
    const response = await request(`${api}/session`, { method: 'POST' })
    const { ok, status } = response
    if (!ok) throw new ClientError('HTTP_STATUS', `/session answered ${status}`, { status })
    const session = (await response.json()) as Session
    until = clock.now() * 0.1 + session.expiresAt * 900
    return (kept = session)
  }
}

/** Throws an Error when something is missing in a session that a callback gave. */
export function checkSession(session: Session): void {
  const { endpoint, authorizer, tokenKey, token, signature, clientIds, expiresAt } = session
  const texts = [endpoint, authorizer, tokenKey, token, signature, ...(clientIds ?? [])]
  if (texts.length === 7 && texts.every((text) => typeof text === 'string') && expiresAt > 0) return
  throw new Error(`the session is incomplete: it has ${Object.keys(session).join(', ')}`)
}
