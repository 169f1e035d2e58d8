/**
 * The local stack as its own OpenID Connect issuer: one picks a person instead of giving a password. It speaks what pages
 * and `POST /session` need of any issuer, so that both are the same here and in production: discovery, key set,
 * authorization code with PKCE, refresh tokens that are used once, the end of a session.
 *
 * It is of this machine only. It listens where the stack does, sends nobody to a page of another machine, and its key
 * never leaves the data folder.
 *
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { SignJWT } from 'jose'
import type { HttpAnswer } from '../http/event.ts'
import type { OwnRequest } from '../http/own-request.ts'
import {
  type AuthorizationRequest,
  isOfThisMachine,
  readAuthorizationRequest,
} from './authorization-request.ts'
import type { IdentityKey } from './identity-key.ts'
import { OneUse } from './one-use.ts'
import { pickPage, problemPage, styleSheet } from './page.ts'
import { type DevelopmentPerson, developmentPeople } from './people.ts'

/** Where it stands on the site. */
export const identityPath = '/_fanfare/identity'

/** What the pages of the local stack are called. */
export const developmentClientId = 'fanfare-local'

/** How long things last. */
const ticketKeptMs = 10 * 60_000
const codeKeptMs = 60_000
const refreshKeptMs = 24 * 3_600_000
const idTokenSeconds = 3600

export interface DevelopmentIssuerOptions {
  /** The site's address, `http://localhost:4000`, once it is known. */
  readonly site: () => string
  readonly key: IdentityKey
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Default: `developmentPeople`. */
  readonly people?: readonly DevelopmentPerson[]
}

/** Who was picked, and for which sign-in. */
interface Picked {
  readonly person: DevelopmentPerson
  /** Seconds since 1970. */
  readonly authTime: number
}

/** Its pages and endpoints, by path. */
export function developmentIssuer(
  options: DevelopmentIssuerOptions,
): Readonly<Record<string, (request: OwnRequest) => HttpAnswer | Promise<HttpAnswer>>> {
  const { key, now, people = developmentPeople } = options
  const issuer = (): string => `${options.site()}${identityPath}`
  // A page that was shown, a person who was picked, a sign-in that may be renewed.
  const tickets = new OneUse<AuthorizationRequest>(ticketKeptMs, now)
  const codes = new OneUse<Picked & { readonly request: AuthorizationRequest }>(codeKeptMs, now)
  const refreshTokens = new OneUse<Picked>(refreshKeptMs, now)

  function askWho({ query }: OwnRequest): HttpAnswer {
    const request = readAuthorizationRequest(query, developmentClientId)
    if (!('tell' in request)) return pickPage(people, request, tickets.put(request))
    if (request.tell === 'person') return problemPage(request.problem)
    return sendBack(request, { error: request.error, error_description: request.problem })
  }

  async function pick(request: OwnRequest): Promise<HttpAnswer> {
    const form = await readForm(request)
    const asked = form && tickets.take(form.get('ticket') ?? '')
    if (!asked)
      return problemPage(
        'This page was used already, or is too old. Go back to where you came from, and sign in from there.',
      )
    const person = people.find(({ subject }) => subject === form.get('person'))
    if (!person) return sendBack(asked, { error: 'access_denied', error_description: 'nobody was picked' })
    const code = codes.put({ person, authTime: seconds(now()), request: asked })
    return sendBack(asked, { code })
  }

  function sendBack(
    { redirectUri, state }: { readonly redirectUri: string; readonly state: string | undefined },
    parameters: Readonly<Record<string, string>>,
  ): HttpAnswer {
    const target = new URL(redirectUri)
    // Who answers, so that a page with several issuers cannot take one for another. RFC 9207
    for (const [name, value] of Object.entries({ ...parameters, iss: issuer() }))
      target.searchParams.set(name, value)
    if (state !== undefined) target.searchParams.set('state', state)
    return redirect(target.href)
  }

  async function giveTokens(request: OwnRequest): Promise<HttpAnswer> {
    const form = await readForm(request)
    if (!form || form.get('client_id') !== developmentClientId)
      return refuse('invalid_client', 'client_id is another')
    if (form.get('grant_type') === 'refresh_token') {
      const picked = refreshTokens.take(form.get('refresh_token') ?? '')
      return picked ? tokens(picked) : refuse('invalid_grant', 'the refresh token was used, or is too old')
    }
    if (form.get('grant_type') !== 'authorization_code')
      return refuse('unsupported_grant_type', 'grant_type is another')
    const granted = codes.take(form.get('code') ?? '')
    if (!granted) return refuse('invalid_grant', 'the code was used, or is too old')
    if (form.get('redirect_uri') !== granted.request.redirectUri)
      return refuse('invalid_grant', 'redirect_uri is another')
    if (!isVerified(form.get('code_verifier') ?? '', granted.request.codeChallenge)) {
      return refuse('invalid_grant', 'code_verifier is not that of the code')
    }
    return tokens(granted, granted.request.nonce)
  }

  async function tokens({ person, authTime }: Picked, nonce?: string): Promise<HttpAnswer> {
    const { subject, name, roles, agentId } = person
    const issuedAt = seconds(now())
    const idToken = await new SignJWT({
      name,
      preferred_username: subject,
      roles: [...roles],
      ...(agentId !== undefined && { agentId }),
      ...(nonce !== undefined && { nonce }),
      auth_time: authTime,
    })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.publicJwk.kid })
      .setIssuer(issuer())
      .setAudience(developmentClientId)
      .setSubject(subject)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + idTokenSeconds)
      .sign(key.privateKey)
    return json(200, {
      // OAuth wants one; nothing here takes it.
      access_token: 'of-no-use',
      token_type: 'Bearer',
      expires_in: idTokenSeconds,
      scope: 'openid profile',
      id_token: idToken,
      refresh_token: refreshTokens.put({ person, authTime }),
    })
  }

  const discovery = (): HttpAnswer =>
    json(200, {
      issuer: issuer(),
      authorization_endpoint: `${issuer()}/authorize`,
      token_endpoint: `${issuer()}/token`,
      jwks_uri: `${issuer()}/jwks`,
      end_session_endpoint: `${issuer()}/end-session`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['none'],
      code_challenge_methods_supported: ['S256'],
      scopes_supported: ['openid', 'profile'],
      claims_supported: ['sub', 'name', 'preferred_username', 'roles', 'agentId'],
      authorization_response_iss_parameter_supported: true,
    })

  /** Nobody is signed in here, so there is nothing to end; the person goes back to the page. */
  function endSession({ query }: OwnRequest): HttpAnswer {
    const target = query.get('post_logout_redirect_uri') ?? ''
    return redirect(isOfThisMachine(target) ? target : options.site())
  }

  return {
    [`${identityPath}/.well-known/openid-configuration`]: discovery,
    [`${identityPath}/jwks`]: () => json(200, { keys: [key.publicJwk] }),
    [`${identityPath}/authorize`]: (request) => (request.method === 'POST' ? pick(request) : askWho(request)),
    [`${identityPath}/token`]: (request) =>
      request.method === 'POST' ? giveTokens(request) : refuse('invalid_request', 'use POST'),
    [`${identityPath}/end-session`]: endSession,
    [`${identityPath}/page.css`]: styleSheet,
  }
}

const seconds = (ms: number): number => Math.floor(ms / 1000)

/** Whether the verifier is the challenge's. RFC 7636 §4.6 */
function isVerified(verifier: string, challenge: string): boolean {
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false
  const made = createHash('sha256').update(verifier).digest('base64url')
  return timingSafeEqual(Buffer.from(made), Buffer.from(challenge))
}

async function readForm(request: OwnRequest): Promise<URLSearchParams | undefined> {
  const body = await request.body()
  return body && new URLSearchParams(body.toString('utf8'))
}

function refuse(error: string, problem: string): HttpAnswer {
  return json(400, { error, error_description: problem })
}

function json(status: number, body: unknown): HttpAnswer {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      // A page of this machine may be at another port. Nothing here goes by cookies.
      'access-control-allow-origin': '*',
    },
    body: Buffer.from(JSON.stringify(body)),
  }
}

function redirect(location: string): HttpAnswer {
  return {
    // 303: whatever was posted here is not posted there.
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
    body: Buffer.alloc(0),
  }
}
