/**
 * One welcome letter a contact. Only who holds the contact's lease sends, so that a message which comes twice sends one
 * letter; the letter goes before the mark, so that a kill between the two sends a second letter rather than none.
 *
 * @module
 */
import { PoisonError, RetryLater } from '../platform/bus/queue-errors.ts'
import { LetterRefusedError, type SendLetter } from '../platform/mail/letter.ts'
import type { Time } from '../platform/time.ts'
import type { Contact } from './contact.ts'
import { type ContactRecords, recordOf } from './record.ts'
import { welcomeLetter } from './welcome-letter.ts'

export interface WelcomePorts {
  readonly records: ContactRecords
  readonly leases: LetterLeases
  readonly send: SendLetter
  readonly time: Time
}

export interface LetterLeases {
  /** Takes the lease until `until` unless another has it at `now` (ms since 1970); false when another has. */
  take(contactId: string, now: number, until: number): Promise<boolean>
  /** Gives it back. */
  release(contactId: string): Promise<void>
}

/** How long one that sends is waited for, ms: its function's time is over by then. */
export const letterLeaseMs = 16_000

/** When the letter's message looks again whether another sent it, seconds. */
const lookAgainSeconds = 5

/** Attempts at noting that a letter went, after which it would be sent again. */
const markAttempts = 5

/** Sends the letter. Throws RetryLater when SES does not take it now, PoisonError when it never will. */
export async function welcomeContact(contact: Contact, ports: WelcomePorts): Promise<void> {
  const { records, leases, send, time } = ports
  const { contactId } = contact
  const record = await recordOf(contact, records)
  if (record.mailedAt !== undefined) return
  const now = time.now()
  if (!(await leases.take(contactId, now, now + letterLeaseMs))) {
    throw new RetryLater('another is sending this letter', lookAgainSeconds)
  }
  try {
    await send(contact.email, welcomeLetter(contact))
  } catch (error) {
    await leases.release(contactId)
    if (error instanceof LetterRefusedError) throw new PoisonError(error.message, { cause: error })
    throw new RetryLater('SES did not take the letter', undefined, { cause: error })
  }
  await markMailed(contactId, ports)
}

/** The letter went: that it is noted is worth several attempts. */
async function markMailed(contactId: string, { records, time }: WelcomePorts): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await records.mark(contactId, 'mailedAt', new Date(time.now()).toISOString())
      return
    } catch (error) {
      if (attempt === markAttempts) throw error
      await time.sleep(500 * attempt)
    }
  }
}
