/**
 * Hands each contact to the CRM, once in effect: the CRM knows a contact by its id, and our record notes when it took it.
 *
 * @module
 */
import { PoisonError, RetryLater } from '../platform/bus/queue-errors.ts'
import type { Log } from '../platform/log.ts'
import type { Time } from '../platform/time.ts'
import type { SharedBreaker } from './breaker-store.ts'
import type { Contact } from './contact.ts'
import { type ContactRecords, recordOf } from './record.ts'

/** What became of a contact at the CRM. */
export type CrmOutcome =
  | { readonly kind: 'taken' }
  /** It will never be taken as it is. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The CRM, or the way there, is not well; it may take it later. */
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs?: number }

/** The CRM. Takes the same contact any number of times and keeps it once. Never throws for what the CRM does. */
export type Crm = (contact: Contact) => Promise<CrmOutcome>

export interface CrmPorts {
  readonly records: ContactRecords
  readonly breaker: SharedBreaker
  readonly crm: Crm
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
  readonly log: Log
}

/** Those who were told to wait come back over so many seconds at most, and not all at once. */
const spreadSecondsMax = 30

/** The longest that a message waits, seconds: the CRM may be back any moment. */
const waitSecondsMax = 900

/**
 * Hands a contact over. Throws RetryLater while the CRM does not take it, PoisonError when it never will.
 */
export async function tellCrm(contact: Contact, ports: CrmPorts): Promise<void> {
  const { records, breaker, time, random, log } = ports
  const record = await recordOf(contact, records)
  if (record.crmAt !== undefined) return

  const permit = await breaker.ask()
  if (permit.kind === 'wait') {
    throw new RetryLater('the CRM is left alone for now', waitSeconds(permit.waitMs, random))
  }
  await time.sleep(Math.max(0, permit.at - time.now()))
  const outcome = await ports.crm(contact)
  if (outcome.kind === 'taken') {
    await records.mark(contact.contactId, 'crmAt', new Date(time.now()).toISOString())
  }
  let openMs = 0
  try {
    openMs = await breaker.report({
      about: contact.contactId,
      probe: permit.probe,
      // It read the contact and answered: the CRM is well.
      ok: outcome.kind !== 'failed',
      ...(outcome.kind === 'failed' ? { retryAfterMs: outcome.retryAfterMs } : {}),
    })
  } catch (error) {
    // What became of the contact stands. The breaker learns of the next one, or of the next try once this one's time is over.
    log.warn('the circuit breaker was not told', { contactId: contact.contactId, error })
  }
  if (outcome.kind === 'refused') throw new PoisonError(outcome.reason)
  if (outcome.kind === 'failed') {
    // It waits as the others wait; one that fails alone, longer each time it came.
    throw new RetryLater(outcome.reason, openMs > 0 ? waitSeconds(openMs, random) : undefined)
  }
}

/** Until somebody may ask again, and a while more, so that not all ask at once. */
function waitSeconds(openMs: number, random: () => number): number {
  const seconds = Math.min(openMs / 1000, waitSecondsMax)
  return seconds + Math.min(1 + seconds / 4, spreadSecondsMax) * random()
}
