/**
 * A message on a recorded topic: a CloudEvents 1.0 JSON event in structured mode (https://github.com/cloudevents/spec),
 * with the extensions `epoch`, `sequence`, `version`, `pace`, on a feed and an inbox `first` and `previous`, and on an
 * inbox `unread`; docs/parts.md, *On the wire*. Here is what it has, and how it is read; write-message.ts writes it, and
 * signal-message.ts has the messages that nothing records.
 *
 * @module
 */
import type { FeedContract, InboxContract, StateContract } from './contract.ts'
import { readSequence } from './sequence.ts'
import { describeIssues, shorten, type StandardSchema, validateNow } from './standard-schema.ts'

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

/** What every message of a recorded topic has. */
export interface RecordedEnvelope extends EventEnvelope {
  readonly epoch: string
  /** 16 digits. */
  readonly sequence: string
  /** Only with `pace: 'auto'`: how long until the topic may speak again, ms. */
  readonly pace?: number
  /** CloudEvents' distributed tracing: what the message came from, where whoever caused it asked for a trace. */
  readonly traceparent?: string
}

export interface StateMessage<Payload = unknown> extends RecordedEnvelope {
  readonly data: Payload
}

interface LogMessage<Step> extends RecordedEnvelope {
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

interface Versioned {
  readonly version: number
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
  return received(() => {
    const { data, ...head } = checkHead(contract, raw)
    return { ...head, value: checkValue(contract.topic, contract.payload, data) }
  })
}

/** Reads a feed message, likewise. */
export function readFeedMessage<Entry>(
  contract: FeedContract<string, Entry>,
  raw: unknown,
): Received<ReceivedFeed<Entry>> {
  return received(() => checkLog(contract, raw, (entry) => readFeedEntry(contract, entry)))
}

/** Reads an inbox message, likewise. */
export function readInboxMessage<Item>(
  contract: InboxContract<string, Item>,
  raw: unknown,
): Received<ReceivedInbox<Item>> {
  return received(() => {
    const log = checkLog(contract, raw, (entry) => readInboxEntry(contract, entry))
    const { unread } = raw as { unread: unknown }
    if (isCount(unread)) return { ...log, unread }
    return unfit(`unread is ${quote(unread)}`)
  })
}

/** Reads one entry of a feed. */
export function readFeedEntry<Entry>(
  contract: FeedContract<string, Entry>,
  raw: unknown,
): Received<FeedEntry<Entry>> {
  return received(() => checkEntry(contract.topic, contract.entry, raw))
}

/** Reads one entry of an inbox. */
export function readInboxEntry<Item>(
  contract: InboxContract<string, Item>,
  raw: unknown,
): Received<InboxEntry<Item>> {
  return received(() =>
    isRecord(raw) && 'handles' in raw
      ? { handles: checkSequence(raw, 'handles') }
      : checkEntry(contract.topic, contract.item, raw),
  )
}

/** What is thrown below, and told as a problem by `received`. */
class UnfitMessage extends Error {
  readonly code: MessageProblem['code']

  constructor(problem: string, code: MessageProblem['code']) {
    super(problem)
    this.code = code
  }
}

/** What `read` answers, or why it does not: what it says by `unfit`. */
export function received<T>(read: () => T): Received<T> {
  try {
    return { message: read() }
  } catch (error) {
    const { message, code = 'unfit-message' } = error as Error & Partial<UnfitMessage>
    // What a schema throws, or what is too deep to be quoted, is the message's fault as well: it harms no other.
    return { problem: message, code }
  }
}

/** To be called within `received`: the message does not fit its contract. */
export function unfit(problem: string, code: MessageProblem['code'] = 'unfit-message'): never {
  throw new UnfitMessage(problem, code)
}

/** A value by its schema, within `received`. */
export function checkValue<Value>(
  topic: string,
  schema: StandardSchema<unknown, Value>,
  raw: unknown,
): Value {
  const checked = validateNow(schema, raw)
  return checked.issues ? unfit(`does not fit ${topic}: ${describeIssues(checked.issues)}`) : checked.value
}

/** What every message has, signals too, within `received`. */
export function checkEvent(
  { version: known }: Versioned,
  raw: unknown,
): Record<string, unknown> & { readonly time: string } {
  if (!isRecord(raw)) unfit('is not a JSON object')
  const { specversion, version = 1, time } = raw
  if (specversion !== '1.0') unfit(`specversion is ${quote(specversion)}, not "1.0"`)
  if (!isCount(version) || version < 1) unfit(`version is ${quote(version)}, not 1, 2, 3 …`)
  if (version > known)
    unfit(`version is ${version}, and this reader knows ${known}: reload the page`, 'newer-version')
  return { ...raw, time: typeof time === 'string' ? time : '' }
}

function checkHead(contract: Versioned, raw: unknown): ReceivedHead & { readonly data: unknown } {
  const event = checkEvent(contract, raw)
  const { epoch, pace, time, data } = event
  if (typeof epoch !== 'string' || epoch === '') unfit(`epoch is ${quote(epoch)}`)
  const sequence = Number(checkSequence(event, 'sequence'))
  const paces = typeof pace === 'number' && Number.isFinite(pace) && pace >= 0
  return { epoch, sequence, time, ...(paces && { paceMs: pace }), data }
}

function checkLog<Step>(
  contract: Versioned,
  raw: unknown,
  readStep: (entry: unknown) => Received<Step>,
): ReceivedLog<Step> {
  const { data, ...head } = checkHead(contract, raw)
  const log = raw as Record<string, unknown>
  const first = Number(checkSequence(log, 'first'))
  const previous = log['previous'] === undefined ? first - 1 : Number(checkSequence(log, 'previous'))
  if (previous >= Math.max(first, 1)) unfit(`previous is ${quote(log['previous'])}`)
  if (!Array.isArray(data) || data.length !== head.sequence - first + 1)
    unfit(`data is not the entries ${first} to ${head.sequence}`)
  const entries = data.map((item, index) => {
    const step = readStep(item)
    return 'problem' in step ? unfit(`entry ${first + index}: ${step.problem}`) : step.message
  })
  return { ...head, first, previous, entries }
}

function checkEntry<Value>(
  topic: string,
  schema: StandardSchema<unknown, Value>,
  raw: unknown,
): FeedEntry<Value> {
  if (!isRecord(raw)) unfit('is not an object')
  if ('retracts' in raw) return { retracts: checkSequence(raw, 'retracts') }
  return { value: checkValue(topic, schema, raw['value']) }
}

/** A written sequence. */
function checkSequence(raw: Record<string, unknown>, name: string): string {
  const text = raw[name]
  return readSequence(text) === undefined
    ? unfit(`${name} is ${quote(text)}, not 16 digits`)
    : (text as string)
}

/** Characters of a value seen that a problem quotes: whoever sends a signal chooses its length. */
const quotedMax = 60

const quote = (value: unknown): string => shorten(JSON.stringify(value) ?? 'absent', quotedMax)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
