/**
 * The OpenID Connect issuer of a deployment: `GET /sign-in` says which, its discovery document how it is spoken to.
 *
 * @module
 */
import * as oauth from 'oauth4webapi'
import type { Browser } from './browser.ts'
import { SignInError } from './sign-in-error.ts'

/** What `GET /sign-in` answers. */
export interface SignInSettings {
  readonly issuer: string
  readonly clientId: string
  /** Separated by spaces. */
  readonly scope: string
}

export interface Issuer extends SignInSettings {
  readonly server: oauth.AuthorizationServer
  readonly client: oauth.Client
  /** For every request to it. */
  readonly request: oauth.HttpRequestOptions<'GET' | 'POST', URLSearchParams | undefined>
}

/** Finds the issuer of the deployment at `api`. Throws SignInError `not-configured` or `issuer-away`. */
export async function findIssuer(api: string, browser: Browser): Promise<Issuer> {
  const settings = await readSettings(api, browser)
  const identifier = new URL(settings.issuer)
  const request = {
    [oauth.customFetch]: (url: string, init: object) => browser.fetch(url, init),
    // Only the issuer of one's own machine may do without TLS, as only there nobody listens in between.
    [oauth.allowInsecureRequests]: isOfThisMachine(identifier),
  }
  try {
    const response = await oauth.discoveryRequest(identifier, request)
    const server = await oauth.processDiscoveryResponse(identifier, response)
    return { ...settings, server, client: { client_id: settings.clientId }, request }
  } catch (cause) {
    throw issuerAway(settings.issuer, cause)
  }
}

/** The sentence for an issuer that does not answer, or not as it should. */
export function issuerAway(issuer: string, cause: unknown): SignInError {
  const { host } = new URL(issuer)
  return new SignInError(
    'issuer-away',
    `Signing in at ${host} does not work right now. Try again in a moment.`,
    {
      cause,
    },
  )
}

async function readSettings(api: string, browser: Browser): Promise<SignInSettings> {
  let response: Response
  try {
    response = await browser.fetch(`${api}/sign-in`, { headers: { accept: 'application/json' } })
  } catch (cause) {
    throw new SignInError(
      'issuer-away',
      'The service cannot be reached. Look at your network, and try again.',
      { cause },
    )
  }
  if (response.status === 404)
    throw new SignInError('not-configured', 'Nobody can sign in here: no issuer is set up.')
  if (!response.ok) {
    throw new SignInError(
      'issuer-away',
      `Signing in does not work right now (${response.status}). Try again in a moment.`,
    )
  }
  return (await response.json()) as SignInSettings
}

function isOfThisMachine({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
