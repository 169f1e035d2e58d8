/**
 * A message on a recorded topic: a CloudEvents 1.0 JSON event in structured mode (https://github.com/cloudevents/spec),
 * with the extensions `epoch`, `sequence`, `version`, `pace`, on a feed and an inbox `first` and `previous`, and on an
 * inbox `unread`. docs/parts.md, *On the wire*. signal-message.ts has the messages that nothing records.
 *
 * @module
 */
import type { FeedContract, InboxContract, StateContract } from './contract.ts'
import { readSequence, writeSequence } from './sequence.ts'
import { describeIssues, type StandardSchema, validateNow } from './standard-schema.ts'

/** MQTT 5 content type of every message. CloudEvents MQTT binding, section 3.2. */
export const messageContentType = 'application/cloudevents+json'

/** CloudEvents `source` of every message. */
export const messageSource = '/fanfare'

/** One step of a feed: it adds a value, or retracts an earlier entry (a refund, a comment taken down). */
export type FeedEntry<Entry> = { readonly value: Entry } | { readonly retracts: string }

/** One step of an inbox: an item, an item taken back, or the news that its person handled one. */
export type InboxEntry<Item> = FeedEntry<Item> | { readonly handles: string }

/** What every message has, signals too. */
export interface EventEnvelope {
  readonly specversion: '1.0'
  /** The same message has the same id, however often it is sent; `<epoch>-<sequence>` on a recorded topic. */
  readonly id: string
  readonly source: string
  readonly type: string
  /** When the head was written, or the signal sent, RFC 3339. */
  readonly time: string
  /** The topic's name. */
  readonly subject: string
  readonly datacontenttype: 'application/json'
  /** The contract's. */
  readonly version: number
}

interface Envelope extends EventEnvelope {
  readonly epoch: string
  /** 16 digits. */
  readonly sequence: string
  /** Only with `pace: 'auto'`: how long until the topic may speak again, ms. */
  readonly pace?: number
}

export interface StateMessage<Payload = unknown> extends Envelope {
  readonly data: Payload
}

interface LogMessage<Step> extends Envelope {
  /** Sequence of the first entry in `data`, 16 digits. An empty log has `first` one above `sequence`. */
  readonly first: string
  /**
   * Only when entries were left out because `maxBytes` could not hold them: the last entry before the gap, 16 digits.
   * Entries after `previous` and before `first` were never sent on this topic.
   */
  readonly previous?: string
  readonly data: readonly Step[]
}

export type FeedMessage<Entry = unknown> = LogMessage<FeedEntry<Entry>>

export interface InboxMessage<Item = unknown> extends LogMessage<InboxEntry<Item>> {
  /** Items that are neither handled, retracted nor expired, as of `sequence`. */
  readonly unread: number
}

export interface MessageHead {
  readonly topic: string
  readonly epoch: string
  readonly sequence: number
  /** RFC 3339. */
  readonly time: string
  /** The pace in effect, ms, for a contract with `pace: 'auto'`. */
  readonly paceMs?: number
}

/** What a message says of its contract. */
type Spoken = Pick<FeedContract, 'type' | 'version'>

/** The message that carries a state's value. */
export function stateMessage<Payload>(
  contract: StateContract<string, Payload>,
  head: MessageHead,
  data: Payload,
): StateMessage<Payload> {
  return { ...envelope(contract, head), data }
}

/** The message that carries a feed's entries up to `head.sequence`, the newest. */
export function feedMessage<Entry>(
  contract: Spoken,
  head: MessageHead,
  data: readonly FeedEntry<Entry>[],
  previous?: number,
): FeedMessage<Entry> {
  return { ...envelope(contract, head), ...reach(head, data, previous), data }
}

/** The message that carries an inbox's entries up to `head.sequence`, the newest, and how many items are unread then. */
export function inboxMessage<Item>(
  contract: Spoken,
  head: MessageHead & { readonly unread: number },
  data: readonly InboxEntry<Item>[],
  previous?: number,
): InboxMessage<Item> {
  const { unread } = head
  return { ...envelope(contract, head), ...reach(head, data, previous), unread, data }
}

function reach({ sequence }: MessageHead, data: readonly unknown[], previous?: number) {
  const first = sequence - data.length + 1
  return {
    first: writeSequence(first),
    ...(previous !== undefined && previous < first - 1 ? { previous: writeSequence(previous) } : {}),
  }
}

function envelope({ type, version }: Spoken, head: MessageHead): Envelope {
  const sequence = writeSequence(head.sequence)
  return {
    specversion: '1.0',
    id: `${head.epoch}-${sequence}`,
    source: messageSource,
    type,
    time: head.time,
    subject: head.topic,
    datacontenttype: 'application/json',
    version,
    epoch: head.epoch,
    sequence,
    ...(head.paceMs === undefined ? {} : { pace: head.paceMs }),
  }
}

interface ReceivedHead {
  readonly epoch: string
  readonly sequence: number
  readonly time: string
  /** How long until the topic may speak again, ms; only with `pace: 'auto'`. */
  readonly paceMs?: number
}

/** A state message as the client uses it. */
export interface ReceivedState<Payload> extends ReceivedHead {
  readonly value: Payload
}

interface ReceivedLog<Step> extends ReceivedHead {
  readonly first: number
  /** The last entry before those left out by overflow; `first - 1` when none was. */
  readonly previous: number
  readonly entries: readonly Step[]
}

/** A feed message as the client uses it: `entries[0]` has sequence `first`. */
export type ReceivedFeed<Entry> = ReceivedLog<FeedEntry<Entry>>

/** An inbox message, likewise. */
export interface ReceivedInbox<Item> extends ReceivedLog<InboxEntry<Item>> {
  readonly unread: number
}

/** Why a message cannot be used, in words. `newer-version`: it was written by a newer contract than the reader's. */
export interface MessageProblem {
  readonly problem: string
  readonly code: 'unfit-message' | 'newer-version'
}

export type Received<T> = { readonly message: T } | MessageProblem

/** Reads a state message. Unknown fields are ignored; what does not fit the contract comes back as a problem. */
export function readStateMessage<Payload>(
  contract: StateContract<string, Payload>,
  raw: unknown,
): Received<ReceivedState<Payload>> {
  const read = readHead(contract, raw)
  if ('problem' in read) return read
  const value = readValue(contract.topic, contract.payload, read.raw['data'])
  return 'problem' in value ? value : { message: { ...read.message, value: value.message } }
}

/** Reads a feed message, likewise. */
export function readFeedMessage<Entry>(
  contract: FeedContract<string, Entry>,
  raw: unknown,
): Received<ReceivedFeed<Entry>> {
  const read = readHead(contract, raw)
  return 'problem' in read ? read : readLog(read, (entry) => readFeedEntry(contract, entry))
}

/** Reads an inbox message, likewise. */
export function readInboxMessage<Item>(
  contract: InboxContract<string, Item>,
  raw: unknown,
): Received<ReceivedInbox<Item>> {
  const read = readHead(contract, raw)
  if ('problem' in read) return read
  const log = readLog(read, (entry) => readInboxEntry(contract, entry))
  if ('problem' in log) return log
  const unread = read.raw['unread']
  if (!Number.isSafeInteger(unread) || (unread as number) < 0) return unfit(`unread is ${quote(unread)}`)
  return { message: { ...log.message, unread: unread as number } }
}

/** Reads one entry of a feed. */
export function readFeedEntry<Entry>(
  contract: FeedContract<string, Entry>,
  raw: unknown,
): Received<FeedEntry<Entry>> {
  return readEntry(contract.topic, contract.entry, raw)
}

/** Reads one entry of an inbox. */
export function readInboxEntry<Item>(
  contract: InboxContract<string, Item>,
  raw: unknown,
): Received<InboxEntry<Item>> {
  if (!isRecord(raw) || !('handles' in raw)) return readEntry(contract.topic, contract.item, raw)
  const { handles } = raw
  return isSequence(handles) ? { message: { handles } } : unfit(`handles is ${quote(handles)}, not 16 digits`)
}

function readEntry<Value>(
  topic: string,
  schema: StandardSchema<unknown, Value>,
  raw: unknown,
): Received<FeedEntry<Value>> {
  if (!isRecord(raw)) return unfit('is not an object')
  const { retracts } = raw
  if (isSequence(retracts)) return { message: { retracts } }
  if ('retracts' in raw) return unfit(`retracts is ${quote(retracts)}, not 16 digits`)
  const value = readValue(topic, schema, raw['value'])
  return 'problem' in value ? value : { message: { value: value.message } }
}

/** A value by its schema. */
export function readValue<Value>(
  topic: string,
  schema: StandardSchema<unknown, Value>,
  raw: unknown,
): Received<Value> {
  const checked = validateNow(schema, raw)
  if (checked.issues) return unfit(`does not fit ${topic}: ${describeIssues(checked.issues)}`)
  return { message: checked.value }
}

function readLog<Step>(
  { message, raw }: { readonly message: ReceivedHead; readonly raw: Record<string, unknown> },
  readStep: (entry: unknown) => Received<Step>,
): Received<ReceivedLog<Step>> {
  const first = readSequence(raw['first'])
  if (first === undefined) return unfit(`first is ${quote(raw['first'])}, not 16 digits`)
  const previous = raw['previous'] === undefined ? first - 1 : readSequence(raw['previous'])
  if (previous === undefined || previous >= Math.max(first, 1)) {
    return unfit(`previous is ${quote(raw['previous'])}`)
  }
  const { data } = raw
  if (!Array.isArray(data) || data.length !== message.sequence - first + 1) {
    return unfit(`data is not the list of the entries ${first} to ${message.sequence}`)
  }
  const entries: Step[] = []
  for (const [index, item] of data.entries()) {
    const entry = readStep(item)
    if ('problem' in entry) return unfit(`entry ${first + index}: ${entry.problem}`)
    entries.push(entry.message)
  }
  return { message: { ...message, first, previous, entries } }
}

function readHead(
  contract: Spoken,
  raw: unknown,
): { message: ReceivedHead; raw: Record<string, unknown> } | MessageProblem {
  const event = readEvent(contract, raw)
  if ('problem' in event) return event
  const { epoch, sequence: written, pace } = event.raw
  if (typeof epoch !== 'string' || epoch === '') return unfit(`epoch is ${quote(epoch)}`)
  const sequence = readSequence(written)
  if (sequence === undefined) return unfit(`sequence is ${quote(written)}, not 16 digits`)
  const head = { epoch, sequence, time: event.time }
  const paces = typeof pace === 'number' && Number.isFinite(pace) && pace >= 0
  return { message: paces ? { ...head, paceMs: pace } : head, raw: event.raw }
}

/** What every message has, signals too. */
export function readEvent(
  { version: known }: { readonly version: number },
  raw: unknown,
): { readonly time: string; readonly raw: Record<string, unknown> } | MessageProblem {
  if (!isRecord(raw)) return unfit('is not a JSON object')
  const { specversion, version = 1, time } = raw
  if (specversion !== '1.0') return unfit(`specversion is ${quote(specversion)}, not "1.0"`)
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    return unfit(`version is ${quote(version)}, not 1, 2, 3 …`)
  }
  if (version > known) {
    return {
      problem: `version is ${version}, and this reader knows ${known}: reload the page`,
      code: 'newer-version',
    }
  }
  return { time: typeof time === 'string' ? time : '', raw }
}

/** A message that does not fit its contract. */
export function unfit(problem: string): MessageProblem {
  return { problem, code: 'unfit-message' }
}

const isSequence = (value: unknown): value is string => readSequence(value) !== undefined

/** Characters of a value seen that a problem quotes: whoever sends a signal chooses its length. */
const quotedMax = 60

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absent'
  return text.length > quotedMax ? `${text.slice(0, quotedMax)}…` : text
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
