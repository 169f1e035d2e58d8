/**
 * Brings what was published of an inbox up to its head: everything in between, in order, at once. An inbox has no pace
 * and nothing retained: one person hears it, and who subscribes asks `GET /inbox`.
 *
 * @module
 */
import { backoffMs } from '../platform/backoff.ts'
import { encodeInbox } from './inbox-message.ts'
import { contractOf, isPublished, type PublishingPorts, type QuietReminder, send } from './publishing.ts'

export interface DeliverPorts extends Omit<PublishingPorts, 'pacer'> {
  /** 0 up to 1. */
  readonly random: () => number
  /** Asks for the head to be sent once more in a while; absent where that is somebody else's. */
  readonly remind?: (reminder: QuietReminder) => Promise<void>
}

/** Waits after a publish that the broker refused, or whose answer was lost, ms. */
const backoff = { baseMs: 100, capMs: 2_000 }

/**
 * Publishes what is newer than was published. `late` when `deadline` (ms since 1970) comes first: then the stream hands
 * the record out again. Two of these at once send a message twice, which clients know by its sequence.
 */
export async function deliverTopic(
  topic: string,
  ports: DeliverPorts,
  deadline: number,
): Promise<'done' | 'late'> {
  const { table, time } = ports
  const state = await table.read(topic)
  const { head, published } = state
  // A newer head than this has a record of its own.
  if (!head || isPublished(state)) return 'done'
  const contract = contractOf(ports.contracts, topic)
  if (contract.kind !== 'inbox') {
    throw new Error(
      `${topic} has an inbox's head and its contract is a ${contract.kind}: its kind was changed, begin it anew`,
    )
  }
  const after = published?.epoch === head.epoch ? published.sequence : head.floor
  const pieces = await encodeInbox(contract, head, after, () => table.entries(head, after))
  for (const { payload } of pieces) {
    for (let attempt = 1; ; attempt++) {
      if (time.now() >= deadline) return 'late'
      if ((await send(ports, contract, topic, payload)) === 'taken') break
      await time.sleep(backoffMs(attempt, backoff, ports.random))
    }
  }
  const sent = { epoch: head.epoch, sequence: head.sequence, at: time.now() }
  await ports.remind?.({ topic, ...sent })
  // Last, so that a run that dies before it does everything again.
  await table.markPublished(topic, sent)
  return 'done'
}
