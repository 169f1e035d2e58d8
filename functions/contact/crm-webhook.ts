/**
 * The CRM as a webhook: one signed POST a contact.
 *
 * @module
 */
import { signWebhook } from '../platform/webhook.ts'
import type { Contact } from './contact.ts'
import type { Crm, CrmOutcome } from './crm.ts'

export interface CrmWebhookOptions {
  /** https, or http on this machine. */
  readonly url: string
  /** Each signs: while a secret is changed, the CRM knows one of two. */
  readonly secrets: () => Promise<readonly Buffer[]>
  /** The longest an answer may take, ms. Default: 8 s. */
  readonly timeoutMs?: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export const crmWebhookDefaults = { timeoutMs: 8_000 } satisfies Partial<CrmWebhookOptions>

/** Bytes of an answer that are read: enough for a reason. */
const answerBytesMax = 4_096

/** Characters of the answer that a reason quotes. */
const quotedLength = 200

/**
 * The statuses that say that this contact will never do. Others of 400 and up are about us (401, 403, 404), about the
 * moment (408, 409, 425, 429), or about the CRM: another attempt may do better.
 */
const refusals = new Set([400, 406, 413, 414, 415, 422])

/** Tells a CRM of contacts by its webhook. */
export function crmWebhook(options: CrmWebhookOptions): Crm {
  const { url, secrets, timeoutMs, now } = { ...crmWebhookDefaults, ...options }
  return async (contact) => {
    const { contactId, name, email, about, message, acceptedAt } = contact
    const data = { contactId, name, email, ...(about === undefined ? {} : { about }), message, acceptedAt }
    const body = JSON.stringify({ type: 'contact.received', timestamp: acceptedAt, data })
    const seconds = Math.floor(now() / 1000)
    const headers = {
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'fanfare',
      'idempotency-key': contactId,
      'webhook-id': contactId,
      'webhook-timestamp': String(seconds),
      'webhook-signature': signWebhook(await secrets(), contactId, seconds, body),
    }
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers,
        body,
        // A redirect could lead anywhere, and would take a person's words there.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      return outcomeOf(
        answer.status,
        answer.headers.get('retry-after'),
        await readReason(answer, contact),
        now(),
      )
    } catch (error) {
      return { kind: 'failed', reason: `the CRM did not answer: ${wordsOf(error)}` }
    }
  }
}

/** What an answer means. `retryAfter` is the header: seconds, or a date. */
export function outcomeOf(status: number, retryAfter: string | null, words: string, now: number): CrmOutcome {
  if (status >= 200 && status < 300) return { kind: 'taken' }
  const reason = `the CRM answered ${status}${words === '' ? '' : `: ${words}`}`
  if (refusals.has(status)) return { kind: 'refused', reason }
  if (status >= 300 && status < 400) {
    return { kind: 'failed', reason: `${reason}; it redirects, which is not followed: give its last URL` }
  }
  const ms = retryAfterMs(retryAfter, now)
  return { kind: 'failed', reason, ...(ms === undefined ? {} : { retryAfterMs: ms }) }
}

function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const ms = /^\d{1,7}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return ms > 0 ? ms : undefined
}

/** The first words of an answer, without those of the person: they go into logs and dead letters. An endless answer costs its first bytes. */
async function readReason(answer: Response, contact: Contact): Promise<string> {
  if (answer.ok) {
    await answer.body?.cancel()
    return ''
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk)
    bytes += chunk.length
    // Leaving the loop cancels the rest.
    if (bytes >= answerBytesMax) break
  }
  const text = Buffer.concat(chunks).subarray(0, answerBytesMax).toString('utf8')
  return withoutTheirs(text, contact)
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, quotedLength)
    .toWellFormed()
}

/** Characters of a person's words that are looked for: the rest of an echo may have been cut off, and goes with them. */
const recognisedLength = 12
/** Shorter ones are in anybody's words. */
const recognisedMin = 4

/** An answer without what the person wrote, which some CRMs repeat: as it is, as JSON, or as JSON in JSON. */
function withoutTheirs(text: string, { name, email, about = '', message }: Contact): string {
  let left = text
  for (const theirs of [about, email, name].filter((words) => words !== '').flatMap(formsOf))
    left = left.replaceAll(theirs, '…')
  for (const theirs of formsOf(message)) {
    const at = theirs.length < recognisedMin ? -1 : left.indexOf(theirs.slice(0, recognisedLength))
    if (at >= 0) left = `${left.slice(0, at)}…`
  }
  return left
}

function formsOf(words: string): string[] {
  const escaped = JSON.stringify(words).slice(1, -1)
  return [JSON.stringify(escaped).slice(1, -1), escaped, words]
}

function wordsOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
