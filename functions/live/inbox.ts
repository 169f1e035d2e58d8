/**
 * GET /inbox and POST /inbox: what is unhandled, and that it was handled, under the contract's own rule.
 *
 * @module
 */
import * as v from 'valibot'
import {
  handledAtOnceMax,
  type InboxContract,
  type InboxHandledAnswer,
  type InboxPage,
  inboxPageItemsMax,
} from '../../topics/contract/index.ts'
import type { Inbox } from '../platform/inbox.ts'
import { inboxItemsAtOnceMax, type InboxRecord } from '../platform/inbox-writes.ts'
import type { Head } from '../platform/live-table.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'
import type { Time } from '../platform/time.ts'
import { unfitBody } from '../platform/unfit-body.ts'
import { admitReader, badParameter, headOf, type ReaderPorts } from './reader.ts'

/** An unhandled item as the table answers it. */
export type UnhandledItem = Pick<InboxRecord, 'sequence' | 'value' | 'at' | 'dueAt'>

/** The live table as readers of an inbox see it, strongly read. */
export interface InboxTable {
  head(topic: string): Promise<Head | undefined>
  /** Records of the head's epoch, up to its sequence; what is over may be among them. */
  unhandled(
    head: Head,
    order: 'newest first' | 'oldest first',
    pageSize: number,
  ): AsyncIterable<UnhandledItem>
}

export interface InboxReadPorts extends ReaderPorts {
  readonly table: InboxTable
  readonly time: Time
}

export interface InboxHandlePorts extends InboxReadPorts {
  readonly inbox: Pick<Inbox<never>, 'handle'>
}

/** Bytes of the items in a page: Lambda answers 6 MB at most. */
const pageBytesMax = 4_000_000

/** Records read at a time. */
const recordsPageSize = 100

/** What is unhandled, at most the newest 1000 items and 4 MB. Throws ProblemError 400, 401, 403 or 404. */
export async function readInbox(
  topic: string | undefined,
  bearer: string | undefined,
  ports: InboxReadPorts,
): Promise<InboxPage> {
  const { name, contract } = await admitInbox(topic, bearer, ports)
  // The head first: whatever changes after it comes as a message after the page's sequence.
  const head = await headOf(name, ports.table)
  const now = ports.time.now()
  const items: InboxPage['items'][number][] = []
  let whole = true
  let bytes = 0
  for await (const item of ports.table.unhandled(head, 'newest first', recordsPageSize)) {
    if (item.dueAt <= now) continue
    bytes += Buffer.byteLength(item.value)
    whole = items.length < inboxPageItemsMax && bytes <= pageBytesMax
    if (!whole) break
    items.push({ sequence: item.sequence, value: JSON.parse(item.value) as unknown, at: item.at })
  }
  const unread = whole ? items.length : (head.unread ?? 0) - (await overdue(head, now, ports.table))
  const { epoch, sequence } = head
  return { epoch, sequence, unread, items: items.toReversed(), version: contract.version }
}

/** How many items are over and still counted: the next write or the next minute takes them out. */
async function overdue(head: Head, now: number, table: InboxTable): Promise<number> {
  let count = 0
  if (head.dueAt === undefined || head.dueAt > now) return count
  for await (const { dueAt } of table.unhandled(head, 'oldest first', recordsPageSize)) {
    if (dueAt > now) break
    count += 1
  }
  return count
}

const bodySchema = v.object({
  epoch: v.pipe(v.string(), v.regex(/^[0-9A-Z]{26}$/, 'is no ULID')),
  handled: v.pipe(
    v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
    v.minLength(1),
    v.maxLength(handledAtOnceMax),
  ),
})

/** Bytes of a body that names as many as it may. */
export const handledBodyBytesMax = 4096

/**
 * Records what the person handled. Answers those named that are unhandled no longer: handled by this call or before,
 * taken back, or over. Throws ProblemError 400, 401, 403, 404, or 409 for another epoch.
 */
export async function handleItems(
  topic: string | undefined,
  bearer: string | undefined,
  readBody: () => unknown,
  ports: InboxHandlePorts,
): Promise<InboxHandledAnswer> {
  const { name, contract, parameters } = await admitInbox(topic, bearer, ports)
  const body = v.safeParse(bodySchema, readBody())
  if (!body.success) {
    throw unfitBody(body.issues, {
      code: 'handled-unfit',
      title: 'The body names no items of an inbox',
      remedy: `send { epoch, handled: [sequence, …] } as GET /inbox answered them, 1 to ${handledAtOnceMax}`,
    })
  }
  const { epoch } = body.output
  const handled = [...new Set(body.output.handled)]
  const head = await headOf(name, ports.table)
  const refuse = (now: string | undefined): never => {
    throw new ProblemError({
      status: 409,
      code: 'inbox-begun-anew',
      title: 'The inbox was begun anew',
      detail: `epoch is ${quoteValue(epoch)}, and the inbox's is ${quoteValue(now)}`,
      remedy: 'read GET /inbox again: items of another epoch are gone',
    })
  }
  if (epoch !== head.epoch) refuse(head.epoch)
  for (let start = 0; start < handled.length; start += inboxItemsAtOnceMax) {
    const sequences = handled.slice(start, start + inboxItemsAtOnceMax)
    const change = await ports.inbox.handle(contract, parameters, { epoch, sequences })
    if (change.epoch !== epoch) refuse(change.epoch)
  }
  return { handled: handled.filter((sequence) => sequence <= head.sequence) }
}

async function admitInbox(
  topic: string | undefined,
  bearer: string | undefined,
  ports: ReaderPorts,
): Promise<{ name: string; contract: InboxContract; parameters: Readonly<Record<string, string>> }> {
  const { name, contract, parameters } = await admitReader(topic, bearer, ports)
  if (contract.kind === 'inbox') return { name, contract, parameters }
  throw badParameter(
    'topic',
    topic,
    `is a ${contract.kind} and no inbox`,
    'ask GET /state or GET /events for it',
  )
}
