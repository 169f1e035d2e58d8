/**
 * GET /state and GET /events: what a joiner would have heard, and what a client missed, under the contract's own rule.
 *
 * @module
 */
import { type InboxEntry, type LogPage, logPageEntries } from '../../topics/contract/index.ts'
import type { Head, Segment } from '../platform/live-table.ts'
import type { EntriesNewestFirst } from './head-message.ts'
import { headMessage } from './publishing.ts'
import { admitReader, badParameter, headOf, type ReaderPorts } from './reader.ts'

/** The live table as readers see it, strongly read. */
export interface HistoryTable {
  head(topic: string): Promise<Head | undefined>
  entriesNewestFirst(head: Head, after: number): EntriesNewestFirst
  /** Segments that hold entries after `after`, up to the head's, oldest first. */
  segments(head: Head, after: number): AsyncIterable<Segment>
}

export interface HistoryPorts extends ReaderPorts {
  readonly table: HistoryTable
}

/** Query parameters of `GET /events`, as they came. */
export interface EventsQuery {
  readonly topic?: string | undefined
  readonly after?: string | undefined
  readonly epoch?: string | undefined
  readonly limit?: string | undefined
}

/** The message a joiner would have got. Throws ProblemError 400, 401, 403 or 404. */
export async function readState(
  topic: string | undefined,
  bearer: string | undefined,
  ports: HistoryPorts,
): Promise<string> {
  const { name, contract } = await admitReader(topic, bearer, ports)
  const head = await headOf(name, ports.table)
  return headMessage(contract, head, (at, after) => ports.table.entriesNewestFirst(at, after))
}

/** A page of a feed's or an inbox's log, and for how long it may be kept. Throws ProblemError 400, 401, 403 or 404. */
export async function readEvents(
  query: EventsQuery,
  bearer: string | undefined,
  ports: HistoryPorts,
): Promise<{ answer: LogPage<InboxEntry<unknown>>; cacheControl: string }> {
  const { name, contract } = await admitReader(query.topic, bearer, ports)
  if (contract.kind === 'state') {
    throw badParameter(
      'topic',
      query.topic,
      `is a ${contract.kind}, which keeps no log`,
      'ask GET /state for it',
    )
  }
  const limit = readLimit(query.limit)
  const after = readAfter(query.after)
  if (query.epoch !== undefined && !/^[0-9A-Z]{26}$/.test(query.epoch)) {
    throw badParameter('epoch', query.epoch, 'is no ULID', 'send the epoch of the last message, or none')
  }
  const head = await headOf(name, ports.table)
  const { epoch, sequence, floor } = head
  const base = { epoch, head: sequence, floor, version: contract.version }
  // Another epoch's numbers say nothing about this log; numbers beyond its head were never given out.
  if ((query.epoch !== undefined && query.epoch !== epoch) || (after !== undefined && after > sequence)) {
    return { answer: { ...base, events: [], complete: false, next: null }, cacheControl: 'no-store' }
  }

  const from = after ?? Math.max(sequence - limit, floor, 0)
  const { events, whole } = await collect(ports.table.segments(head, Math.max(from, floor)), {
    after: Math.max(from, floor),
    limit,
  })
  const last = events.at(-1)?.sequence ?? Math.max(from, floor)
  const reachesEnd = events.length === limit || last === sequence
  const answer = {
    ...base,
    events,
    complete: whole && reachesEnd && from >= floor,
    next: last < sequence && events.length > 0 ? last : null,
  }
  // A full page short of the head can never change: the log is only ever added to. A browser's cache knows no tokens,
  // and would show what is not for anyone to whoever uses it next.
  const closed =
    contract.subscribe.rule === 'anyone' &&
    query.epoch !== undefined &&
    after !== undefined &&
    events.length === limit &&
    last < sequence
  return {
    answer,
    cacheControl: closed && answer.complete ? 'public, max-age=31536000, immutable' : 'no-store',
  }
}

/** The first `limit` entries after `after`; `whole` when none between them is missing. */
async function collect(
  segments: AsyncIterable<Segment>,
  { after, limit }: { after: number; limit: number },
): Promise<{ events: LogPage<InboxEntry<unknown>>['events']; whole: boolean }> {
  const events: { sequence: number; entry: InboxEntry<unknown> }[] = []
  let whole = true
  let expected = after + 1
  for await (const segment of segments) {
    const entries = JSON.parse(segment.entries) as InboxEntry<unknown>[]
    if (segment.first > expected) whole = false
    for (let sequence = Math.max(segment.first, after + 1); sequence <= segment.last; sequence++) {
      if (events.length === limit) return { events, whole }
      const entry = entries[sequence - segment.first]
      if (entry) events.push({ sequence, entry })
      expected = sequence + 1
    }
  }
  return { events, whole }
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return logPageEntries.default
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= logPageEntries.max) return limit
  throw badParameter(
    'limit',
    text,
    `is not 1 to ${logPageEntries.max}`,
    `send 1 to ${logPageEntries.max}, or none`,
  )
}

function readAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const after = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(after)) return after
  throw badParameter('after', text, 'is no sequence number', 'send the sequence of the last entry you have')
}
