/**
 * Posting a contact so that it is one message, however often it is tried.
 *
 * @module
 */

/** The body of `POST /contact`. */
export interface ContactBody {
  readonly name: string
  readonly email: string
  readonly about?: string
  readonly message: string
  /** A field that nobody sees: who fills it in is a program, and is told nothing. */
  readonly website?: string
}

export type ContactOutcome =
  | { readonly kind: 'taken' }
  /** The key was used with another text: what was sent before was taken, this was not. */
  | { readonly kind: 'taken-before' }
  /** Nothing was taken; `errors` by field. */
  | { readonly kind: 'refused'; readonly detail: string; readonly errors: ReadonlyMap<string, string> }
  /** Nobody knows whether it was taken. Trying again with the same key is safe. */
  | { readonly kind: 'unknown'; readonly detail: string }

export interface ContactPorts {
  readonly api: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Longest wait for an answer, ms. Default: 30000 */
  readonly timeoutMs?: number
}

/** Posts once, under this Idempotency-Key. Never rejects. */
export async function postContact(
  ports: ContactPorts,
  body: ContactBody,
  key: string,
): Promise<ContactOutcome> {
  try {
    const response = await ports.fetch(`${ports.api}/contact`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ports.timeoutMs ?? 30_000),
    })
    // An answer that is no JSON says by its status what it has to say.
    return outcomeOf(response.status, await response.json().catch(() => undefined))
  } catch (error) {
    return { kind: 'unknown', detail: error instanceof Error ? error.message : String(error) }
  }
}

/** What an answer says of the message; a problem is RFC 9457's, with `errors` of its fields. */
export function outcomeOf(status: number, answer: unknown): ContactOutcome {
  const { type, title, detail, errors } = (answer ?? {}) as Record<string, unknown>
  const words = typeof detail === 'string' ? detail : typeof title === 'string' ? title : `status ${status}`
  if (status >= 200 && status < 300) return { kind: 'taken' }
  if (String(type).endsWith('idempotency-key-reused')) return { kind: 'taken-before' }
  if (status < 500 && status !== 408 && status !== 429) {
    const fields = Array.isArray(errors) ? (errors as readonly { field?: unknown; problem?: unknown }[]) : []
    return {
      kind: 'refused',
      detail: words,
      errors: new Map(fields.map(({ field, problem }) => [String(field), String(problem)])),
    }
  }
  return { kind: 'unknown', detail: words }
}
