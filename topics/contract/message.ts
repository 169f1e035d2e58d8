/**
 * A message on a topic: a CloudEvents 1.0 JSON event in structured mode (https://github.com/cloudevents/spec),
 * with the extensions `epoch`, `sequence` and, on a feed, `first` and `previous`.
 *
 * @module
 */
import type { FeedContract, StateContract } from './contract.ts'
import { readSequence, writeSequence } from './sequence.ts'
import { describeIssues, validateNow } from './standard-schema.ts'

/** MQTT 5 content type of every message. CloudEvents MQTT binding, section 3.2. */
export const messageContentType = 'application/cloudevents+json'

/** CloudEvents `source` of every message. */
export const messageSource = '/fanfare'

/** One step of a feed: it adds a value, or retracts an earlier entry (a refund, a comment taken down). */
export type FeedEntry<Entry> = { readonly value: Entry } | { readonly retracts: string }

interface Envelope {
  readonly specversion: '1.0'
  /** `<epoch>-<sequence>`: the same message has the same id, however often it is sent. */
  readonly id: string
  readonly source: string
  readonly type: string
  /** When the head was written, RFC 3339. */
  readonly time: string
  /** The topic's name. */
  readonly subject: string
  readonly datacontenttype: 'application/json'
  /** The contract's. */
  readonly version: number
  readonly epoch: string
  /** 16 digits. */
  readonly sequence: string
}

export interface StateMessage<Payload = unknown> extends Envelope {
  readonly data: Payload
}

export interface FeedMessage<Entry = unknown> extends Envelope {
  /** Sequence of the first entry in `data`, 16 digits. An empty feed has `first` one above `sequence`. */
  readonly first: string
  /**
   * Only when entries were left out because `maxBytes` could not hold them: the last entry before the gap, 16 digits.
   * Entries after `previous` and before `first` were never sent on this topic.
   */
  readonly previous?: string
  readonly data: readonly FeedEntry<Entry>[]
}

export interface MessageHead {
  readonly topic: string
  readonly epoch: string
  readonly sequence: number
  /** RFC 3339. */
  readonly time: string
}

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
  contract: Pick<FeedContract, 'type' | 'version'>,
  head: MessageHead,
  data: readonly FeedEntry<Entry>[],
  previous?: number,
): FeedMessage<Entry> {
  const first = head.sequence - data.length + 1
  return {
    ...envelope(contract, head),
    first: writeSequence(first),
    ...(previous !== undefined && previous < first - 1 ? { previous: writeSequence(previous) } : {}),
    data,
  }
}

function envelope({ type, version }: Pick<FeedContract, 'type' | 'version'>, head: MessageHead): Envelope {
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
  }
}

/** A state message as the client uses it. */
export interface ReceivedState<Payload> {
  readonly epoch: string
  readonly sequence: number
  readonly time: string
  readonly value: Payload
}

/** A feed message as the client uses it: `entries[0]` has sequence `first`. */
export interface ReceivedFeed<Entry> {
  readonly epoch: string
  readonly sequence: number
  readonly time: string
  readonly first: number
  /** The last entry before those left out by overflow; `first - 1` when none was. */
  readonly previous: number
  readonly entries: readonly FeedEntry<Entry>[]
}

export type Received<T> = { readonly message: T } | { readonly problem: string }

/** Reads a state message. Unknown fields are ignored; what does not fit the contract comes back as a problem, in words. */
export function readStateMessage<Payload>(
  contract: StateContract<string, Payload>,
  raw: unknown,
): Received<ReceivedState<Payload>> {
  const head = readEnvelope(raw)
  if (typeof head === 'string') return { problem: head }
  const checked = validateNow(contract.payload, head.data)
  if (checked.issues)
    return { problem: `data does not fit ${contract.topic}: ${describeIssues(checked.issues)}` }
  return { message: { epoch: head.epoch, sequence: head.sequence, time: head.time, value: checked.value } }
}

/** Reads a feed message, likewise. */
export function readFeedMessage<Entry>(
  contract: FeedContract<string, Entry>,
  raw: unknown,
): Received<ReceivedFeed<Entry>> {
  const head = readEnvelope(raw)
  if (typeof head === 'string') return { problem: head }
  const first = readSequence(head.raw['first'])
  if (first === undefined) return { problem: `first is ${JSON.stringify(head.raw['first'])}, not 16 digits` }
  const previous = head.raw['previous'] === undefined ? first - 1 : readSequence(head.raw['previous'])
  if (previous === undefined || previous >= Math.max(first, 1)) {
    return { problem: `previous is ${JSON.stringify(head.raw['previous'])}` }
  }
  if (!Array.isArray(head.data) || head.data.length !== head.sequence - first + 1) {
    return { problem: `data is not the list of the entries ${first} to ${head.sequence}` }
  }
  const entries: FeedEntry<Entry>[] = []
  for (const [index, item] of head.data.entries()) {
    const entry = readFeedEntry(contract, item)
    if ('problem' in entry) return { problem: `entry ${first + index}: ${entry.problem}` }
    entries.push(entry.message)
  }
  const { epoch, sequence, time } = head
  return { message: { epoch, sequence, time, first, previous, entries } }
}

/** Reads one entry of a feed. */
export function readFeedEntry<Entry>(
  contract: FeedContract<string, Entry>,
  raw: unknown,
): Received<FeedEntry<Entry>> {
  if (!isRecord(raw)) return { problem: 'is not an object' }
  if ('retracts' in raw) {
    if (readSequence(raw['retracts']) === undefined) {
      return { problem: `retracts is ${JSON.stringify(raw['retracts'])}, not 16 digits` }
    }
    return { message: { retracts: raw['retracts'] as string } }
  }
  const checked = validateNow(contract.entry, raw['value'])
  if (checked.issues) return { problem: `does not fit ${contract.topic}: ${describeIssues(checked.issues)}` }
  return { message: { value: checked.value } }
}

function readEnvelope(
  raw: unknown,
): string | { epoch: string; sequence: number; time: string; data: unknown; raw: Record<string, unknown> } {
  if (!isRecord(raw)) return 'is not a JSON object'
  if (raw['specversion'] !== '1.0') return `specversion is ${JSON.stringify(raw['specversion'])}, not "1.0"`
  const epoch = raw['epoch']
  if (typeof epoch !== 'string' || epoch === '') return `epoch is ${JSON.stringify(epoch)}`
  const sequence = readSequence(raw['sequence'])
  if (sequence === undefined) return `sequence is ${JSON.stringify(raw['sequence'])}, not 16 digits`
  const time = typeof raw['time'] === 'string' ? raw['time'] : ''
  return { epoch, sequence, time, data: raw['data'], raw }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
