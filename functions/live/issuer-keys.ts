/**
 * The public keys of an OpenID Connect issuer, found by its discovery document and kept: they are asked for again when
 * they are old, or when a token names a key that is not among them, but never often, whatever is sent here.
 *
 * @module
 */
import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import { ProblemError } from '../platform/problem.ts'

/** How long the keys are believed without asking, ms. */
export const keysFreshMs = 10 * 60_000

/** How long keys serve on while the issuer cannot be reached, ms: it may have taken one back in the meantime. */
export const keysKeptMs = 60 * 60_000

/** Between two questions because of a key that is not known, ms: a token with an invented key costs nothing in between. */
export const unknownKeyCooldownMs = 30_000

/** Between two questions of which the first failed, ms. */
export const failureCooldownMs = 5_000

/** How long the issuer may take for its document and its keys, ms. */
const patienceMs = 4_000

/** The longest document that is read, bytes. */
const documentBytesMax = 256 * 1024

export interface IssuerOptions {
  /** As its tokens' `iss` says it, character for character. */
  readonly issuer: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Finds the key of a token, for jose. Throws ProblemError 503 when the issuer cannot be reached, jose's errors for a token with no key of it. */
export function createIssuerKeys({ issuer, fetch, now }: IssuerOptions): JWTVerifyGetKey {
  // Outlive a request: the keys, and the question for them that several requests may share.
  let kept: { readonly find: ReturnType<typeof createLocalJWKSet>; readonly at: number } | undefined
  let asking: Promise<void> | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let failed: { readonly at: number; readonly problem: ProblemError } | undefined

  async function ask(): Promise<void> {
    askedAt = now()
    try {
      const signal = AbortSignal.timeout(patienceMs)
      const discovery = await readDocument(discoveryUrl(issuer), signal)
      // Only its own document may say where its keys are. OpenID Connect Discovery 1.0 §4.3
      if (discovery['issuer'] !== issuer) {
        throw new Error(`its discovery document says issuer ${JSON.stringify(discovery['issuer'])}`)
      }
      const keysUrl = readKeysUrl(discovery['jwks_uri'], issuer)
      const { keys } = await readDocument(keysUrl, signal)
      if (!Array.isArray(keys)) throw new Error(`${keysUrl} holds no key set`)
      kept = { find: createLocalJWKSet({ keys }), at: now() }
      failed = undefined
    } catch (cause) {
      failed = { at: now(), problem: issuerAway(cause) }
      throw failed.problem
    }
  }

  async function readDocument(url: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const response = await fetch(url, {
      signal,
      redirect: 'error',
      headers: { accept: 'application/json' },
    })
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
    const document: unknown = JSON.parse(await readText(response, url))
    if (typeof document !== 'object' || document === null) throw new Error(`${url} holds no JSON object`)
    return document as Record<string, unknown>
  }

  const askOnce = (): Promise<void> => {
    asking ??= ask().finally(() => (asking = undefined))
    return asking
  }

  /** Keys that are young enough, or the best there are while the issuer is away. */
  async function current(): Promise<NonNullable<typeof kept>> {
    if (kept && now() - kept.at < keysFreshMs) return kept
    try {
      if (failed && now() - failed.at < failureCooldownMs) throw failed.problem
      await askOnce()
    } catch (error) {
      if (!kept || now() - kept.at > keysKeptMs) throw error
    }
    if (!kept) throw issuerAway(new Error('it gave no keys'))
    return kept
  }

  return async (header, token) => {
    const { find } = await current()
    try {
      return await find(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || now() - askedAt < unknownKeyCooldownMs) throw error
      // The issuer may have a new key since.
      await askOnce()
      return (kept?.find ?? find)(header, token)
    }
  }
}

/** OpenID Connect Discovery 1.0 §4: below the issuer, whose own slash at the end does not count. */
function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

function readKeysUrl(value: unknown, issuer: string): string {
  const isUrl = typeof value === 'string' && URL.canParse(value)
  // As safe as the issuer's own address: keys that anyone on the way can change are nobody's.
  if (isUrl && (value.startsWith('https:') || new URL(value).origin === new URL(issuer).origin)) return value
  throw new Error(`its discovery document says jwks_uri ${JSON.stringify(value)}, which is no https address`)
}

/** The body as text, of at most `documentBytesMax`. */
async function readText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > documentBytesMax) throw new Error(`${url} is longer than ${documentBytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function issuerAway(cause: unknown): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'issuer-away',
    title: 'Nobody can sign in for a moment',
    detail:
      'the issuer of ID tokens did not answer, or not as OpenID Connect wants; visitors are served as ever',
    remedy: 'send the same request again in a moment',
    headers: { 'retry-after': String(failureCooldownMs / 1000) },
    cause,
  })
}
