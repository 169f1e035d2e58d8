/**
 * Brings one topic's broadcast up to its head: one message a pace, done when the retained message is the head, or
 * when the head has moved on and its own stream record is on its way.
 *
 * @module
 */
import { comparePositions } from '../../topics/contract/index.ts'
import {
  contractOf,
  isPublished,
  nextMessage,
  nextSendAt,
  paceMsOf,
  paceTold,
  type PublishingPorts,
  type QuietReminder,
  samePosition,
  send,
} from './publishing.ts'

export interface BroadcastPorts extends PublishingPorts {
  /** Asks for the head to be sent once more in a while; absent where that is somebody else's. */
  readonly remind?: (reminder: QuietReminder) => Promise<void>
}

/**
 * A pace that one invocation cannot wait out, ms. What it holds up is published by repair, which looks every minute.
 */
const longPaceMs = 30_000

/**
 * Publishes what is newer than was published. `late` when `deadline` (ms since 1970) comes first: then the stream hands
 * the record out again. Waits for nothing but the topic's pace.
 *
 * Two of these at once do no harm: each looks at what was published just before it publishes, and whoever sees the
 * topic fall quiet checks what is retained.
 */
export async function broadcastTopic(
  topic: string,
  ports: BroadcastPorts,
  deadline: number,
): Promise<'done' | 'late'> {
  const { table, broker, time } = ports
  const contract = contractOf(ports.contracts, topic)
  let sentAt: number | undefined
  let corrected = false

  for (;;) {
    let state = await table.read(topic)
    // What this very run sent and could not see retained is not done, although another may have noted it.
    if (sentAt === undefined && isPublished(state)) return 'done'
    let paceMs = paceMsOf(ports, contract, state)
    const sendAt = nextSendAt(paceMs, ports.lastSentAt.get(topic), state.published?.at)
    if (sendAt > time.now()) {
      // Before the wait, so that a record that cannot be done in time is given back at once; or left to repair, when it
      // would come again and again before its time.
      if (sendAt >= deadline) return paceMs < longPaceMs ? 'late' : 'done'
      await time.sleep(sendAt - time.now())
      state = await table.read(topic)
      // Someone else published meanwhile: the pace counts from then.
      paceMs = paceMsOf(ports, contract, state)
      if (nextSendAt(paceMs, state.published?.at) > time.now()) continue
      if (sentAt === undefined && isPublished(state)) return 'done'
    } else if (time.now() >= deadline) return 'late'
    const { head, published } = state
    if (!head) return 'done'
    // A newer head was published than this read saw: publishing would go back.
    if (published && comparePositions(published, head) > 0) return 'done'

    const payload = await nextMessage(contract, head, published, table, paceTold(contract, paceMs))
    const sent = await send(ports, contract, topic, payload)
    sentAt = time.now()
    if (sent !== 'taken') continue

    const now = await table.read(topic)
    if (!samePosition(now.head, head)) {
      // Another sent something newer meanwhile, and ours may be what is retained now: send the head after the pace.
      // Once: two that did so for ever would keep each other at it.
      if (!corrected && now.published && comparePositions(now.published, head) > 0) {
        corrected = true
        continue
      }
      await table.markPublished(topic, { epoch: head.epoch, sequence: head.sequence, at: sentAt })
      return 'done'
    }
    // The topic goes quiet: the broker may have delivered without retaining, or retained another's older message.
    if (!samePosition(await broker.retained(topic), head)) continue
    await ports.remind?.({ topic, epoch: head.epoch, sequence: head.sequence, at: sentAt })
    // Last, so that a run that dies before it does everything again.
    await table.markPublished(topic, { epoch: head.epoch, sequence: head.sequence, at: sentAt })
    return 'done'
  }
}
