/**
 * Signing people in at the deployment's OpenID Connect issuer: authorization code with PKCE (RFC 7636), as RFC 9700 has it
 * for pages. The person leaves the page for the issuer and comes back to it.
 *
 * @module
 */
import * as oauth from 'oauth4webapi'
import { type Browser, platformBrowser } from './browser.ts'
import { findIssuer, type Issuer, issuerAway } from './issuer.ts'
import { keptIn, type Tokens } from './kept.ts'
import { SignInError } from './sign-in-error.ts'

export interface SignInOptions {
  /** The HTTP API's address, without a slash at its end. Default: `''`, the page's own origin. */
  readonly api?: string
  /** Where the issuer sends the person back to, as it is registered there. Default: this page, without query and hash. */
  readonly redirectUri?: string
  /** Called when a sign-in ended by itself and could not be renewed: time to offer `signIn` again. */
  readonly onEnded?: () => void
  /** Default: the page's. */
  readonly browser?: Browser
}

/** Who is signed in, in the issuer's words. */
export interface Person {
  /** The name to show: text, never markup. */
  readonly name: string
  /** The issuer's key of the person (`sub`). */
  readonly subject: string
  /** Everything the ID token says. For showing only: what somebody may do is decided by who verifies the token. */
  readonly claims: Readonly<Record<string, unknown>>
}

export interface SignIn {
  /**
   * Who is signed in, or undefined. Call it first: when the person comes back from the issuer it completes the sign-in,
   * and takes the issuer's answer out of the page's address. Throws SignInError when that failed.
   */
  currentPerson(): Promise<Person | undefined>
  /** Leaves the page for the issuer's. Throws SignInError when there is none, or it does not answer. */
  signIn(options?: {
    readonly prompt?: 'login' | 'select_account'
    readonly loginHint?: string
  }): Promise<void>
  /**
   * The ID token for `POST /session`, renewed in time where the issuer gave a refresh token. Throws SignInError
   * `signed-out` when nobody is signed in, or no longer.
   */
  getIdToken(): Promise<string>
  /**
   * Forgets who is signed in, because the service refused their ID token: they were revoked, say. The next `signIn` has the
   * issuer ask for the password once more. For `signedInSessions`' `onRefused`.
   */
  refused(): void
  /** Forgets who is signed in, and leaves the page to sign out at the issuer, where it has a page for that. */
  signOut(): Promise<void>
}

/** Part of an ID token's life after which it is renewed: a session of it ends no later than the token does. */
const renewedAfter = 0.5

/** An ID token with less left than this is over, ms: it must not end on its way. */
const leastLeftMs = 10_000

/** Opens the door to the deployment's issuer; nothing is asked before it is used. */
export function openSignIn(options: SignInOptions = {}): SignIn {
  const { api = '', browser = platformBrowser, onEnded } = options
  const kept = keptIn(browser, api)
  let found: Promise<Issuer> | undefined
  let completing: Promise<void> | undefined
  let renewing: Promise<Tokens> | undefined

  const issuer = (): Promise<Issuer> => {
    found ??= findIssuer(api, browser)
    // Who asks later asks anew.
    found.catch(() => (found = undefined))
    return found
  }

  const redirectUri = (): string => options.redirectUri ?? browser.href().replace(/[?#].*$/, '')

  /** Takes the issuer's answer out of the address and its code for tokens, when the page was reached with one. */
  async function complete(): Promise<void> {
    const here = new URL(browser.href())
    const { searchParams } = here
    if (!searchParams.has('state') || !(searchParams.has('code') || searchParams.has('error'))) return
    const begun = kept.takeBegun()
    // First of all: an address that is kept, copied or reloaded must not hold the answer.
    browser.rewrite(`${here.pathname}${begun?.returnTo ?? ''}`)
    if (!begun || begun.state !== searchParams.get('state')) {
      throw new SignInError(
        'not-begun-here',
        'This sign-in was begun in another tab, or too long ago. Sign in again.',
      )
    }
    const { server, client, request, issuer: name } = await issuer()
    try {
      const answer = oauth.validateAuthResponse(server, client, searchParams, begun.state)
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.None(),
        answer,
        begun.redirectUri,
        begun.codeVerifier,
        request,
      )
      const result = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: begun.nonce,
        requireIdToken: true,
      })
      kept.keep(tokensOf(result))
      kept.setRefused(false)
    } catch (cause) {
      throw refusal(cause) ?? issuerAway(name, cause)
    }
  }

  async function renew(refreshToken: string): Promise<Tokens> {
    const { server, client, request } = await issuer()
    const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refreshToken, request)
    const renewed = tokensOf(await oauth.processRefreshTokenResponse(server, client, response))
    // An issuer that does not rotate refresh tokens gives none: the one at hand goes on.
    const tokens = { refreshToken, ...renewed }
    kept.keep(tokens)
    return tokens
  }

  function ended(): SignInError {
    if (kept.tokens()) {
      kept.forget()
      onEnded?.()
    }
    return new SignInError('signed-out', 'You are signed out. Sign in to go on.')
  }

  async function freshIdToken(): Promise<string> {
    // Whether coming back from the issuer failed is for currentPerson to tell.
    await (completing ??= complete()).catch(() => undefined)
    const tokens = kept.tokens()
    const claims = tokens && claimsIn(tokens.idToken)
    if (!tokens || !claims) throw ended()
    const now = browser.now()
    const endsAt = claims.exp * 1000
    const isOver = now > endsAt - leastLeftMs
    if (now < claims.iat * 1000 + (endsAt - claims.iat * 1000) * renewedAfter) return tokens.idToken
    if (tokens.refreshToken === undefined) {
      if (isOver) throw ended()
      return tokens.idToken
    }
    try {
      renewing ??= renew(tokens.refreshToken)
      return (await renewing).idToken
    } catch (cause) {
      if (refusal(cause)) throw ended()
      // The issuer is away: the token at hand serves as long as it lasts.
      if (!isOver) return tokens.idToken
      throw cause instanceof SignInError ? cause : issuerAway((await issuer()).issuer, cause)
    } finally {
      renewing = undefined
    }
  }

  return {
    async currentPerson() {
      completing ??= complete()
      await completing
      const tokens = kept.tokens()
      const claims = tokens && claimsIn(tokens.idToken)
      if (!tokens || !claims) return undefined
      const isOver = browser.now() > claims.exp * 1000 - leastLeftMs
      if (isOver && tokens.refreshToken === undefined) {
        kept.forget()
        return undefined
      }
      return { name: nameIn(claims), subject: claims.sub, claims }
    },

    async signIn({ prompt = kept.wasRefused() ? 'login' : undefined, loginHint } = {}) {
      const { server, clientId, scope } = await issuer()
      if (server.authorization_endpoint === undefined) {
        throw issuerAway(server.issuer, new Error('its discovery document names no authorization_endpoint'))
      }
      const here = new URL(browser.href())
      const begun = {
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        codeVerifier: oauth.generateRandomCodeVerifier(),
        redirectUri: redirectUri(),
        returnTo: `${here.search}${here.hash}`,
        at: browser.now(),
      }
      kept.begin(begun)
      const target = new URL(server.authorization_endpoint)
      for (const [name, value] of Object.entries({
        client_id: clientId,
        redirect_uri: begun.redirectUri,
        response_type: 'code',
        scope,
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(begun.codeVerifier),
        code_challenge_method: 'S256',
        prompt,
        login_hint: loginHint,
      })) {
        if (value !== undefined) target.searchParams.set(name, value)
      }
      browser.leave(target.href)
    },

    getIdToken: freshIdToken,

    refused() {
      kept.setRefused(true)
      ended()
    },

    async signOut() {
      const tokens = kept.tokens()
      kept.forget()
      if (!tokens) return
      const { server, client, clientId, request } = await issuer()
      if (tokens.refreshToken !== undefined && server.revocation_endpoint !== undefined) {
        // Forgotten here either way; an issuer that cannot be reached lets it end by itself.
        await oauth
          .revocationRequest(server, client, oauth.None(), tokens.refreshToken, request)
          .catch(() => undefined)
      }
      if (server.end_session_endpoint === undefined) return
      const target = new URL(server.end_session_endpoint)
      target.searchParams.set('id_token_hint', tokens.idToken)
      target.searchParams.set('client_id', clientId)
      target.searchParams.set('post_logout_redirect_uri', redirectUri())
      browser.leave(target.href)
    },
  }
}

function tokensOf({ id_token: idToken, refresh_token: refreshToken }: oauth.TokenEndpointResponse): Tokens {
  if (idToken === undefined) throw new Error('the issuer answered without an ID token')
  return { idToken, ...(refreshToken !== undefined && { refreshToken }) }
}

/** What the issuer refused, as a sentence; undefined when something else went wrong. */
function refusal(cause: unknown): SignInError | undefined {
  if (cause instanceof SignInError) return undefined
  const isRefusal =
    cause instanceof oauth.AuthorizationResponseError ||
    (cause instanceof oauth.ResponseBodyError && cause.status < 500)
  if (!isRefusal) return undefined
  const { error, error_description: description } = cause
  if (error === 'access_denied') return new SignInError('refused', 'You were not signed in.', { cause })
  const why = (description ?? error).slice(0, 200)
  return new SignInError('refused', `You were not signed in. The sign-in service says: ${why}`, { cause })
}

interface IdTokenClaims extends Readonly<Record<string, unknown>> {
  readonly sub: string
  readonly iat: number
  readonly exp: number
}

/** What an ID token says; it was verified when it came. Undefined when it is none. */
function claimsIn(idToken: string): IdTokenClaims | undefined {
  try {
    const base64 = (idToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as IdTokenClaims
    return typeof claims.sub === 'string' && claims.exp > 0 && claims.iat > 0 ? claims : undefined
  } catch {
    // Another script of the origin wrote there: nobody is signed in.
    return undefined
  }
}

function nameIn(claims: IdTokenClaims): string {
  const names = [claims['name'], claims['preferred_username'], claims['email'], claims.sub]
  return names.find((name) => typeof name === 'string' && name !== '') as string
}
