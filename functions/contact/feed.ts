/**
 * Shows each contact to staff once: its entry in the feed `staff/contacts` and the mark on its record are one transaction.
 *
 * @module
 */
import { staffContacts } from '../../topics/staff-contacts.ts'
import { topicOf } from '../../topics/contract/index.ts'
import { backoffMs } from '../platform/backoff.ts'
import { RetryLater } from '../platform/bus/queue-errors.ts'
import type { Trace } from '../platform/bus/trace.ts'
import { type Head, topicWriter, type TopicWrite } from '../platform/live-table.ts'
import type { Time } from '../platform/time.ts'
import type { Contact } from './contact.ts'
import { type ContactRecords, recordOf } from './record.ts'

export interface FeedPorts {
  readonly records: ContactRecords
  /** Strongly read. */
  readonly readHead: (topic: string) => Promise<Head | undefined>
  /** Writes the entry and the mark, both or neither. `moved`: the feed or the mark is not as it was read. */
  readonly show: (write: TopicWrite, contactId: string, at: string) => Promise<'written' | 'moved'>
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
}

/** Attempts at a feed that others write as well. */
const attemptsMax = 15

/** Appends the contact to the feed. Throws RetryLater when others write it all the time. */
export async function showContact(
  contact: Contact,
  trace: Trace | undefined,
  ports: FeedPorts,
): Promise<void> {
  const { contactId, name, email, about, message, acceptedAt } = contact
  const value = { contactId, name, email, ...(about === undefined ? {} : { about }), message, at: acceptedAt }
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const record = await recordOf(contact, ports.records)
    if (record.shownAt !== undefined) return
    const at = new Date(ports.time.now()).toISOString()
    const head = await ports.readHead(topicOf(staffContacts, {}))
    const write = topicWriter({ at, trace }).append(staffContacts, {}, [{ value }], head)
    if ((await ports.show(write, contactId, at)) === 'written') return
    await ports.time.sleep(backoffMs(attempt, { baseMs: 10, capMs: 300 }, ports.random))
  }
  throw new RetryLater(`others wrote the feed of contacts at each of ${attemptsMax} attempts`, 2)
}
