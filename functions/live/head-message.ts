/**
 * A topic's messages as they go on the wire: never larger than the contract's `maxBytes`, to the byte, as AWS meters
 * them: the topic's name and the content type count too.
 *
 * @module
 */
import {
  type FeedContract,
  type FeedEntry,
  feedMessage,
  type InboxContract,
  type InboxEntry,
  inboxMessage,
  messageContentType,
  type StateContract,
  stateMessage,
} from '../../topics/contract/index.ts'
import type { Head } from '../platform/live-table.ts'

/** `,"previous":"0000000000000000"`, which a message has only when entries were left out. */
const previousBytes = ',"previous":"0000000000000000"'.length

/** Entries of a log, newest first, with their sequence. */
export type EntriesNewestFirst = AsyncIterable<readonly [sequence: number, entry: InboxEntry<unknown>]>

/** A state's head is larger than its contract allows. */
export class MessageTooLargeError extends Error {
  override readonly name = 'MessageTooLargeError'
  readonly code = 'MESSAGE_TOO_LARGE'
}

/** What a message says besides the head. */
export interface MessageOptions {
  /** The pace in effect, ms; absent where it is fixed. */
  readonly paceMs?: number | undefined
}

/** The message that carries a state. Throws MessageTooLargeError: unlike a feed, a state cannot leave anything out. */
export function encodeState(contract: StateContract, head: Head, options: MessageOptions = {}): string {
  const message = stateMessage(contract, messageHead(head, options), JSON.parse(head.value ?? 'null'))
  const text = JSON.stringify(message)
  const bytes = Buffer.byteLength(text) + besidesPayload(head.topic)
  if (bytes > contract.maxBytes) {
    throw new MessageTooLargeError(
      `the state of ${head.topic} makes a message of ${bytes} bytes, its contract allows ${contract.maxBytes}: raise maxBytes or say less`,
    )
  }
  return text
}

/**
 * The message that carries a feed's or an inbox's newest entries after `after`, as many as fit. When some did not and `gap` is told,
 * the message says which it left out.
 */
export async function encodeLog(
  contract: Pick<FeedContract | InboxContract, 'kind' | 'type' | 'version' | 'maxBytes'>,
  head: Head,
  after: number,
  entries: EntriesNewestFirst,
  { gap, ...options }: MessageOptions & { readonly gap: boolean },
): Promise<string> {
  const at = messageHead(head, options)
  const write = (data: readonly InboxEntry<unknown>[], previous?: number): string =>
    JSON.stringify(
      contract.kind === 'inbox'
        ? inboxMessage(contract, { ...at, unread: head.unread ?? 0 }, data, previous)
        : // A feed's log holds nothing but its own kind of entries.
          feedMessage(contract, at, data as readonly FeedEntry<unknown>[], previous),
    )
  const wanted = head.sequence - after
  const bare = Buffer.byteLength(write([]))
  const room = contract.maxBytes - besidesPayload(head.topic) - bare
  const chosen: InboxEntry<unknown>[] = []
  let bytes = 0
  // How many fit beside `previous`, in case the rest does not.
  let fitWithPrevious = 0
  let expected = head.sequence
  for await (const [sequence, entry] of entries) {
    // A hole in the log: what lies behind it is left out, and said so.
    if (sequence !== expected) break
    expected -= 1
    bytes += Buffer.byteLength(JSON.stringify(entry)) + (chosen.length > 0 ? 1 : 0)
    if (bytes > room) break
    chosen.push(entry)
    if (bytes + previousBytes <= room) fitWithPrevious = chosen.length
    if (chosen.length === wanted) break
  }
  const whole = chosen.length === wanted
  if (!whole && gap) chosen.length = Math.min(chosen.length, fitWithPrevious)
  return write(chosen.toReversed(), whole || !gap ? undefined : after)
}

/** Metered bytes of a message besides its payload. https://aws.amazon.com/iot-core/pricing/additional-details/ */
export function besidesPayload(topic: string): number {
  return Buffer.byteLength(topic) + Buffer.byteLength(messageContentType)
}

/** What a message has of its topic's head. */
export function messageHead({ topic, epoch, sequence, at, trace }: Head, { paceMs }: MessageOptions) {
  return {
    topic,
    epoch,
    sequence,
    time: at,
    ...(paceMs === undefined ? {} : { paceMs }),
    ...(trace === undefined ? {} : { traceparent: trace }),
  }
}
