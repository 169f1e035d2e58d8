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
  messageContentType,
  type StateContract,
  stateMessage,
} from '../../topics/contract/index.ts'
import type { Head } from '../platform/live-table.ts'

/** `,"previous":"0000000000000000"`, which a message has only when entries were left out. */
const previousBytes = ',"previous":"0000000000000000"'.length

/** Entries of a feed, newest first, with their sequence. */
export type EntriesNewestFirst = AsyncIterable<readonly [sequence: number, entry: FeedEntry<unknown>]>

/** A state's head is larger than its contract allows. */
export class MessageTooLargeError extends Error {
  override readonly name = 'MessageTooLargeError'
  readonly code = 'MESSAGE_TOO_LARGE'
}

/** The message that carries a state. Throws MessageTooLargeError: unlike a feed, a state cannot leave anything out. */
export function encodeState(contract: StateContract, head: Head): string {
  const message = stateMessage(contract, messageHead(head), JSON.parse(head.value ?? 'null'))
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
 * The message that carries a feed's newest entries after `after`, as many as fit. When some did not and `gap` is told,
 * the message says which it left out.
 */
export async function encodeFeed(
  contract: Pick<FeedContract, 'type' | 'version' | 'maxBytes'>,
  head: Head,
  after: number,
  entries: EntriesNewestFirst,
  { gap }: { readonly gap: boolean },
): Promise<string> {
  const wanted = head.sequence - after
  const bare = Buffer.byteLength(JSON.stringify(feedMessage(contract, messageHead(head), [])))
  const room = contract.maxBytes - besidesPayload(head.topic) - bare
  const chosen: FeedEntry<unknown>[] = []
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
  const data = chosen.toReversed()
  return JSON.stringify(feedMessage(contract, messageHead(head), data, whole || !gap ? undefined : after))
}

/** Metered bytes of a message besides its payload. https://aws.amazon.com/iot-core/pricing/additional-details/ */
function besidesPayload(topic: string): number {
  return Buffer.byteLength(topic) + Buffer.byteLength(messageContentType)
}

function messageHead({ topic, epoch, sequence, at }: Head) {
  return { topic, epoch, sequence, time: at }
}
