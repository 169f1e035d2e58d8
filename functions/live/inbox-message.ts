/**
 * An inbox's messages: what its log says since the last one, in order, each no larger than the contract's `maxBytes`.
 *
 * @module
 */
import { type InboxContract, type InboxEntry, inboxMessage } from '../../topics/contract/index.ts'
import type { Head } from '../platform/live-table.ts'
import { besidesPayload, encodeLog, type EntriesNewestFirst, messageHead } from './head-message.ts'

/** Messages sent for what came between two deliveries. Beyond, who is online asks for the whole inbox, once. */
const messagesMax = 10

/** An inbox's message and where it reaches. */
export interface InboxPiece {
  readonly payload: string
  readonly sequence: number
}

/**
 * The messages that carry the entries after `after`; one with the newest, which says what it leaves out, when they are
 * too many or the log no longer has them all. `entries` reads them anew at each call.
 */
export async function encodeInbox(
  contract: InboxContract,
  head: Head,
  after: number,
  entries: () => EntriesNewestFirst,
): Promise<readonly InboxPiece[]> {
  const pieces = pack(contract, head, await collect(entries(), head, after, contract.maxBytes * messagesMax))
  if (pieces && pieces.length <= messagesMax) return pieces
  const payload = await encodeLog(contract, head, after, entries(), { gap: true })
  return [{ payload, sequence: head.sequence }]
}

/** The head without entries: who is behind it asks for the inbox. */
export function inboxReminder(contract: InboxContract, head: Head): string {
  return JSON.stringify(inboxMessage(contract, { ...messageHead(head, {}), unread: head.unread ?? 0 }, []))
}

/** The entries after `after`, newest first; undefined when one is missing, or they are more than `bytesMax`. */
async function collect(
  entries: EntriesNewestFirst,
  { sequence: newest }: Head,
  after: number,
  bytesMax: number,
): Promise<readonly InboxEntry<unknown>[] | undefined> {
  const chosen: InboxEntry<unknown>[] = []
  let bytes = 0
  for await (const [sequence, entry] of entries) {
    if (sequence !== newest - chosen.length) return undefined
    chosen.push(entry)
    bytes += Buffer.byteLength(JSON.stringify(entry))
    if (bytes > bytesMax) return undefined
  }
  return chosen.length === newest - after ? chosen : undefined
}

function pack(
  contract: InboxContract,
  head: Head,
  newestFirst: readonly InboxEntry<unknown>[] | undefined,
): readonly InboxPiece[] | undefined {
  if (!newestFirst) return undefined
  const at = messageHead(head, {})
  // No piece's count has more digits than this.
  const most = (head.unread ?? 0) + newestFirst.length
  const bare = Buffer.byteLength(JSON.stringify(inboxMessage(contract, { ...at, unread: most }, [])))
  const room = contract.maxBytes - besidesPayload(head.topic) - bare
  const pieces: InboxPiece[] = []
  // As it was before these entries, told forwards: each adds an item or takes one out.
  let unread = newestFirst.reduce((count, entry) => count - changeOf(entry), head.unread ?? 0)
  let sequence = head.sequence - newestFirst.length
  let piece: InboxEntry<unknown>[] = []
  let bytes = 0
  const close = (): void => {
    const payload = JSON.stringify(
      inboxMessage(contract, { ...at, sequence, unread: Math.max(0, unread) }, piece),
    )
    pieces.push({ payload, sequence })
    piece = []
    bytes = 0
  }
  for (const entry of newestFirst.toReversed()) {
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1
    if (size > room) return undefined
    if (bytes + size > room) close()
    piece.push(entry)
    bytes += size
    sequence += 1
    unread += changeOf(entry)
  }
  if (piece.length > 0) close()
  return pieces
}

/** What an entry does to `unread`. */
const changeOf = (entry: InboxEntry<unknown>): number => ('value' in entry ? 1 : -1)
