/**
 * What a page asks at the authorization endpoint: OpenID Connect Core 1.0 §3.1.2.1, with PKCE (RFC 7636) as RFC 9700 wants it.
 *
 * @module
 */

/** A request that may be granted. */
export interface AuthorizationRequest {
  readonly redirectUri: string
  readonly state: string | undefined
  readonly nonce: string | undefined
  /** Base64url of SHA-256 over the verifier. */
  readonly codeChallenge: string
  /** Who the page thinks it is: that person comes first. */
  readonly loginHint: string | undefined
}

/** What is wrong: told to the person when nobody may be sent back, else to the page that asked. */
export type AuthorizationProblem =
  | { readonly tell: 'person'; readonly problem: string }
  | {
      readonly tell: 'page'
      readonly redirectUri: string
      readonly state: string | undefined
      readonly error: 'invalid_request' | 'unsupported_response_type' | 'invalid_scope' | 'login_required'
      readonly problem: string
    }

/** Longest state and nonce, characters. */
const echoLengthMax = 1024

/** Reads the endpoint's query. Only this machine's pages are ever sent back to. */
export function readAuthorizationRequest(
  query: URLSearchParams,
  clientId: string,
): AuthorizationRequest | AuthorizationProblem {
  const redirectUri = query.get('redirect_uri') ?? ''
  // Before anything else: an answer may go only where the answer is wanted.
  if (query.get('client_id') !== clientId) {
    return { tell: 'person', problem: `The page asks as another client than ${clientId}.` }
  }
  if (!isOfThisMachine(redirectUri)) {
    return {
      tell: 'person',
      problem: 'The page that asks is not of this machine, and only those may sign in here.',
    }
  }
  const state = query.get('state') ?? undefined
  const nonce = query.get('nonce') ?? undefined
  const codeChallenge = query.get('code_challenge') ?? ''
  const refuse = (
    error: Extract<AuthorizationProblem, { tell: 'page' }>['error'],
    problem: string,
  ): AuthorizationProblem => ({ tell: 'page', redirectUri, state, error, problem })
  if (query.get('response_type') !== 'code')
    return refuse('unsupported_response_type', 'response_type is not code')
  if (!(query.get('scope') ?? '').split(' ').includes('openid'))
    return refuse('invalid_scope', 'scope lacks openid')
  if (query.get('code_challenge_method') !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(codeChallenge)) {
    return refuse('invalid_request', 'PKCE with S256 is wanted: code_challenge and code_challenge_method')
  }
  if ([state, nonce].some((text) => text !== undefined && text.length > echoLengthMax)) {
    return refuse('invalid_request', `state or nonce is longer than ${echoLengthMax} characters`)
  }
  // Nobody is ever signed in here already: one picks each time.
  if (query.get('prompt') === 'none') return refuse('login_required', 'somebody has to be picked')
  return { redirectUri, state, nonce, codeChallenge, loginHint: query.get('login_hint') ?? undefined }
}

/** Whether an address is of this machine, at any port. */
export function isOfThisMachine(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, hash, username, password } = new URL(address)
  return (
    (protocol === 'http:' || protocol === 'https:') &&
    ['localhost', '127.0.0.1', '[::1]'].includes(hostname) &&
    hash === '' &&
    username === '' &&
    password === ''
  )
}
