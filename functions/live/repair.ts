/**
 * What broadcast and deliver may have missed: a quiet topic's head is sent once more, so that a lost last message shows;
 * and every minute whatever is behind its head is published, and what is over leaves its inbox.
 *
 * @module
 */
import { findContract, type InboxContract } from '../../topics/contract/index.ts'
import { expiredAtOnceMax } from '../platform/inbox-writes.ts'
import { broadcastTopic, type BroadcastPorts } from './broadcast-topic.ts'
import { deliverTopic, type DeliverPorts } from './deliver-topic.ts'
import { inboxReminder } from './inbox-message.ts'
import {
  contractOf,
  headMessage,
  isPublished,
  nextSendAt,
  paceMsOf,
  paceTold,
  type PublishingPorts,
  type QuietReminder,
  samePosition,
  send,
  type TopicState,
} from './publishing.ts'

/**
 * How long after its pace a topic may be behind before repair takes it up, ms. A busy topic is always a moment behind,
 * and broadcast is at it: repair would only be in its way.
 */
export const overdueAfterMs = 10_000

export interface RepairPorts extends Omit<BroadcastPorts, 'remind'>, Omit<DeliverPorts, 'remind'> {
  /** Takes some of what is over out of an inbox; answers how many items. */
  readonly expire: (contract: InboxContract, topic: string) => Promise<number>
}

/** Topics repaired at the same time. */
const repairsAtOnce = 20

/**
 * Sends a quiet topic's head once more. `done` also when it has moved on, or was sent again since; `late` when the pace
 * leaves no time before `deadline` (ms since 1970).
 */
export async function resendQuiet(
  reminder: QuietReminder,
  ports: PublishingPorts,
  deadline: number,
): Promise<'done' | 'late'> {
  const { table, time } = ports
  const { topic } = reminder
  const contract = contractOf(ports.contracts, topic)
  for (;;) {
    const state = await table.read(topic)
    const { head, published } = state
    if (!head || !samePosition(head, reminder)) return 'done'
    // Noted at the latest by the broadcast that put the reminder; later than that, someone sent it again.
    if (published && samePosition(published, reminder) && published.at > reminder.at) return 'done'
    const paceMs = paceMsOf(ports, contract, state)
    const sendAt = nextSendAt(paceMs, reminder.at, published?.at, ports.lastSentAt.get(topic))
    const waitMs = sendAt - time.now()
    if (waitMs > 0) {
      if (time.now() + waitMs >= deadline) return 'late'
      await time.sleep(waitMs)
      continue
    }
    if (time.now() >= deadline) return 'late'
    const payload =
      contract.kind === 'inbox'
        ? inboxReminder(contract, head)
        : await headMessage(
            contract,
            head,
            (at, after) => table.entries(at, after),
            paceTold(contract, paceMs),
          )
    if ((await send(ports, contract, topic, payload)) !== 'taken') continue
    await table.markPublished(topic, { epoch: head.epoch, sequence: head.sequence, at: time.now() })
    return 'done'
  }
}

/** Every topic with its head and what was published of it, a page at a time. */
export type ReadAllTopics = () => AsyncIterable<readonly (readonly [topic: string, state: TopicState])[]>

/** Publishes every topic that is behind. Answers how many were, and how many still are. */
export async function repairAll(
  readAll: ReadAllTopics,
  ports: RepairPorts,
  deadline: number,
): Promise<{ behind: number; left: number; expired: number }> {
  let behind = 0
  let left = 0
  let expired = 0
  for await (const page of readAll()) {
    const waiting = page.filter(([topic, state]) => isOverdue(topic, state)).map(([topic]) => topic)
    behind += waiting.length
    await each(waiting, async (topic) => {
      if (!(await repairOne(topic))) left += 1
    })
    const due = page.filter(([, { head }]) => (head?.dueAt ?? Infinity) <= ports.time.now())
    await each(
      due.map(([topic]) => topic),
      async (topic) => {
        expired += await expireOne(topic)
      },
    )
  }
  return { behind, left, expired }

  function isOverdue(topic: string, state: TopicState): boolean {
    if (isPublished(state)) return false
    const contract = findContract(ports.contracts, topic)?.contract
    // Without a contract it is for broadcastTopic to say what is wrong.
    if (!contract || !state.published) return true
    return (
      nextSendAt(paceMsOf(ports, contract, state), state.published.at) + overdueAfterMs <= ports.time.now()
    )
  }

  async function repairOne(topic: string): Promise<boolean> {
    try {
      const isInbox = findContract(ports.contracts, topic)?.contract.kind === 'inbox'
      const publish = isInbox ? deliverTopic : broadcastTopic
      return (await publish(topic, ports, deadline)) === 'done'
    } catch (error) {
      // One broken topic must not keep the others from being repaired; the next minute comes to it again.
      ports.log.error('topic not repaired', { topic, error })
      return false
    }
  }

  async function expireOne(topic: string): Promise<number> {
    const contract = findContract(ports.contracts, topic)?.contract
    let count = 0
    try {
      // The writes' own stream records tell who is online.
      if (contract?.kind !== 'inbox') return count
      let over = expiredAtOnceMax
      while (over >= expiredAtOnceMax && ports.time.now() < deadline) {
        over = await ports.expire(contract, topic)
        count += over
      }
    } catch (error) {
      // As above: the next minute, or the next write of the inbox, does it.
      ports.log.error('items that are over were not taken out', { topic, error })
    }
    return count
  }
}

/** Does something with each topic, some at the same time. */
async function each(topics: readonly string[], run: (topic: string) => Promise<void>): Promise<void> {
  const waiting = [...topics]
  const worker = async (): Promise<void> => {
    for (let topic = waiting.pop(); topic !== undefined; topic = waiting.pop()) await run(topic)
  }
  await Promise.all(Array.from({ length: Math.min(repairsAtOnce, waiting.length) }, worker))
}
