/**
 * A contact's record, and what was done about the contact: the CRM took it, the letter went, staff saw it. Each is noted
 * once, so that a message which comes again is done once.
 *
 * @module
 */
import { PoisonError } from '../platform/bus/queue-errors.ts'
import type { Contact } from './contact.ts'

/** The attribute that says when something was done, RFC 3339. */
export type Mark = 'crmAt' | 'mailedAt' | 'shownAt'

/** A record as its readers need it. */
export type ContactRecord = { readonly hash: string } & { readonly [Name in Mark]?: string }

export interface ContactRecords {
  /** Strongly read. */
  read(contactId: string): Promise<ContactRecord | undefined>
  /** Makes the record of a contact that was accepted while the table was away, unless there is one. */
  make(contact: Contact): Promise<void>
  /** Notes it, unless that is noted already. */
  mark(contactId: string, mark: Mark, at: string): Promise<void>
}

/**
 * The record of the contact that an event tells of. Throws PoisonError when another body was recorded under the same id:
 * two were sent with one key while the table was away, and a person has to look at the second.
 */
export async function recordOf(contact: Contact, records: ContactRecords): Promise<ContactRecord> {
  let record = await records.read(contact.contactId)
  if (!record) {
    await records.make(contact)
    record = await records.read(contact.contactId)
    if (!record) throw new Error(`the record of contact ${contact.contactId} was made and is not there`)
  }
  if (record.hash === contact.hash) return record
  throw new PoisonError(
    `contact ${contact.contactId} was recorded with another body: its Idempotency-Key was used twice; answer this one by hand`,
  )
}
