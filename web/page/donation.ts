/**
 * Posting a donation so that it is one gift, however often it is tried.
 *
 * @module
 */

/** The body of `POST /donations`. */
export interface DonationBody {
  readonly campaignId: string
  /** Integer minor units. */
  readonly amount: { readonly value: number; readonly currency: string }
  readonly donor?: { readonly name?: string; readonly email?: string }
  readonly comment?: string
}

export type DonationOutcome =
  | { readonly kind: 'taken'; readonly donationId: string }
  /** The key was used with another body: what was sent before was taken, this was not. */
  | { readonly kind: 'taken-before' }
  /** Nothing was taken; `errors` by the field's path, as in `amount.value`. */
  | { readonly kind: 'refused'; readonly detail: string; readonly errors: ReadonlyMap<string, string> }
  /** Nobody knows whether it was taken. Trying again is safe. */
  | { readonly kind: 'unknown'; readonly detail: string }

export interface DonationPorts {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** A new key, of visible ASCII characters, which nobody else has. */
  readonly newKey: () => string
  /** Longest wait for an answer, ms. Default: 15000 */
  readonly timeoutMs?: number
}

/** Answers a function that posts. It keeps its Idempotency-Key until a gift is known to be taken, so a retry is the same gift. */
export function donationPoster(ports: DonationPorts): (body: DonationBody) => Promise<DonationOutcome> {
  let key: string | undefined
  return async (body) => {
    key ??= ports.newKey()
    let response: Response
    let answer: unknown
    try {
      response = await ports.fetch('/donations', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ports.timeoutMs ?? 15_000),
      })
      answer = await response.json()
    } catch (error) {
      return { kind: 'unknown', detail: error instanceof Error ? error.message : String(error) }
    }
    const outcome = outcomeOf(response.status, answer)
    if (outcome.kind === 'taken' || outcome.kind === 'taken-before') key = undefined
    return outcome
  }
}

/** What an answer says of the gift. */
export function outcomeOf(status: number, answer: unknown): DonationOutcome {
  const { donationId, type, title, detail, errors } = (answer ?? {}) as Record<string, unknown>
  const words = typeof detail === 'string' ? detail : typeof title === 'string' ? title : `status ${status}`
  if (status === 202 && typeof donationId === 'string') return { kind: 'taken', donationId }
  if (status === 422 && String(type).endsWith('idempotency-key-reused')) return { kind: 'taken-before' }
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    const fields = Array.isArray(errors) ? (errors as readonly { field?: unknown; problem?: unknown }[]) : []
    return {
      kind: 'refused',
      detail: words,
      errors: new Map(fields.map(({ field, problem }) => [String(field), String(problem)])),
    }
  }
  return { kind: 'unknown', detail: words }
}

/** A key of 128 random bits. Not `randomUUID`, which plain http has only on localhost. */
export function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
