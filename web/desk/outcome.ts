/**
 * Telling the service what an agent did with a suggestion.
 *
 * @module
 */

/** The body of `POST /suggestions/{suggestionId}/outcome`; the reply is one that was suggested, or that the search found. */
export type Outcome =
  | { readonly outcome: 'accepted'; readonly replyId: string }
  | { readonly outcome: 'edited'; readonly replyId: string; readonly text: string }
  | { readonly outcome: 'dismissed' }

export type OutcomeAnswer =
  | { readonly kind: 'recorded' }
  /** It was answered before, moved to another agent, or is over. */
  | { readonly kind: 'too-late'; readonly detail: string }
  | { readonly kind: 'refused'; readonly detail: string }
  /** Nobody knows whether it was recorded. Trying again is safe. */
  | { readonly kind: 'unknown'; readonly detail: string }

export interface OutcomePorts {
  readonly api: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** The session as `Authorization`. */
  readonly bearer: () => Promise<string>
  /** Longest wait for an answer, ms. Default: 10000 */
  readonly timeoutMs?: number
}

/** Posts an outcome once. Never rejects. */
export async function postOutcome(
  ports: OutcomePorts,
  suggestionId: string,
  outcome: Outcome,
): Promise<OutcomeAnswer> {
  try {
    const response = await ports.fetch(
      `${ports.api}/suggestions/${encodeURIComponent(suggestionId)}/outcome`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: await ports.bearer() },
        body: JSON.stringify(outcome),
        signal: AbortSignal.timeout(ports.timeoutMs ?? 10_000),
      },
    )
    // An answer that is no JSON says by its status what it has to say.
    return answerOf(response.status, await response.json().catch(() => undefined))
  } catch (error) {
    return { kind: 'unknown', detail: error instanceof Error ? error.message : String(error) }
  }
}

/** What an answer says. A token that is over, like a server's error, is tried again: the session is made anew. */
export function answerOf(status: number, answer: unknown): OutcomeAnswer {
  const { title, detail } = (answer ?? {}) as Record<string, unknown>
  const words = typeof detail === 'string' ? detail : typeof title === 'string' ? title : `status ${status}`
  if (status >= 200 && status < 300) return { kind: 'recorded' }
  if (status === 404 || status === 409 || status === 410) return { kind: 'too-late', detail: words }
  if (status === 401 || status === 408 || status === 429 || status >= 500)
    return { kind: 'unknown', detail: words }
  return { kind: 'refused', detail: words }
}
