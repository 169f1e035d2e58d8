/**
 * Writes the messages of recorded topics; message.ts says what they have.
 *
 * @module
 */
import type { FeedContract, StateContract } from './contract.ts'
import {
  type FeedEntry,
  type FeedMessage,
  type InboxEntry,
  type InboxMessage,
  messageSource,
  type RecordedEnvelope,
  type StateMessage,
} from './message.ts'
import { writeSequence } from './sequence.ts'

/** Where a message stands. */
export interface MessageHead {
  readonly topic: string
  readonly epoch: string
  readonly sequence: number
  /** RFC 3339. */
  readonly time: string
  /** The pace in effect, ms, for a contract with `pace: 'auto'`. */
  readonly paceMs?: number
  /** What the message came from, where somebody asked for a trace. */
  readonly traceparent?: string
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

function envelope({ type, version }: Spoken, head: MessageHead): RecordedEnvelope {
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
    ...(head.traceparent === undefined ? {} : { traceparent: head.traceparent }),
  }
}
