/** Signing in at the local stack's own issuer without a browser, as its page and a client would together. */
import { createHash, randomBytes } from 'node:crypto'
import { bearerOf } from '../../client/session.ts'
import type { Session } from '../../topics/contract/session.ts'

/** Who is signed in on a stack. */
export interface SignedIn {
  readonly idToken: string
  readonly refreshToken: string
  readonly session: Session
  /** `Authorization` for every route that wants a session. */
  readonly headers: { readonly authorization: string }
}

/** Where tests say they came from. Nothing has to be there. */
export const redirectUri = 'http://localhost/console.html'

/** Signs in as one of the stack's people (`ada`, `ben`, `sam`, `lee`), and opens a session. */
export async function signInAs(site: string, person: string): Promise<SignedIn> {
  const { idToken, refreshToken } = await idTokenOf(site, person)
  const answer = await postSession(site, idToken)
  if (!answer.ok) throw new Error(`POST /session answered ${answer.status}: ${await answer.text()}`)
  const session = (await answer.json()) as Session
  return { idToken, refreshToken, session, headers: { authorization: bearerOf(session) } }
}

/** `POST /session` with an ID token. */
export function postSession(site: string, idToken: string): Promise<Response> {
  return fetch(`${site}/session`, { method: 'POST', headers: { authorization: `Bearer ${idToken}` } })
}

/** An authorization code for a person, and the verifier it is used with. */
export async function codeOf(site: string, person: string): Promise<{ code: string; verifier: string }> {
  const verifier = randomBytes(32).toString('base64url')
  const asked = await fetch(authorizeUrl(site, verifier))
  const page = await asked.text()
  const ticket = /name="ticket" value="([^"]+)"/.exec(page)?.[1]
  if (ticket === undefined)
    throw new Error(`no page to pick somebody on: ${asked.status} ${page.slice(0, 200)}`)
  const picked = await fetch(`${site}/_fanfare/identity/authorize`, {
    method: 'POST',
    body: new URLSearchParams({ ticket, person }),
    redirect: 'manual',
  })
  const code = new URL(picked.headers.get('location') ?? 'none:').searchParams.get('code')
  if (code === null) throw new Error(`${person} was not signed in: ${picked.status} ${await picked.text()}`)
  return { code, verifier }
}

/** Where a page sends somebody to sign in; `changes` replace parameters, or take them away. */
export function authorizeUrl(
  site: string,
  verifier: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): string {
  const parameters: Record<string, string | undefined> = {
    client_id: 'fanfare-local',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile',
    state: 'state-1',
    nonce: 'nonce-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  }
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  )
  return `${site}/_fanfare/identity/authorize?${new URLSearchParams(given).toString()}`
}

/** `POST …/token`. */
export function askTokens(site: string, form: Readonly<Record<string, string>>): Promise<Response> {
  const body = new URLSearchParams({ client_id: 'fanfare-local', ...form })
  return fetch(`${site}/_fanfare/identity/token`, { method: 'POST', body })
}

async function idTokenOf(site: string, person: string): Promise<{ idToken: string; refreshToken: string }> {
  const { code, verifier } = await codeOf(site, person)
  const answer = await askTokens(site, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
  const tokens = (await answer.json()) as { id_token: string; refresh_token: string }
  return { idToken: tokens.id_token, refreshToken: tokens.refresh_token }
}
