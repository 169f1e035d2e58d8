/**
 * One message to all who have subscribed to its topic.
 *
 * @module
 */
import type { Broker } from './broker.ts'
import { deliver } from './deliver.ts'
import type { Message } from './message.ts'
import type { Subscription } from './model.ts'
import { takeOutbound } from './quotas/checks.ts'
import { shareOut } from './shared/share-out.ts'
import type { Matched } from './topics/subscription-trie.ts'
import { DeliveryEncoder } from './wire/encode-delivery.ts'

/** Sends a message to every subscriber, RETAIN 0: they were there before it. docs/aws-iot-core.md §2.4. */
export function sendToSubscribers(broker: Broker, message: Message, now: number): void {
  const matched = broker.subscriptions.match(message.topic)
  const first = matched[0]
  if (!first && broker.shared.size === 0) return
  const encoder = new DeliveryEncoder(message, now)
  if (broker.shared.size > 0) shareOut(broker, message, encoder, now)
  if (!first) return
  if (matched.length === 1) {
    let left = takeOutbound(broker, first.size, now)
    for (const subscription of first.values()) {
      if (left === 0) return
      left -= 1
      deliver(broker, subscription, message, encoder, now, false)
    }
    return
  }
  sendToOverlapping(broker, matched, message, encoder, now)
}

/**
 * Several filters match: each session hears it once, at the highest QoS it has for it. AWS does not say whether one copy comes or
 * several. docs/aws-iot-core.md §12.5.
 */
function sendToOverlapping(
  broker: Broker,
  matched: readonly Matched<Subscription>[],
  message: Message,
  encoder: DeliveryEncoder,
  now: number,
): void {
  const { chance, faults } = broker.settings
  const several = chance.happens(faults.double)
  let sessions = 0
  for (const subscriptions of matched)
    for (const subscription of subscriptions.values()) {
      const { session } = subscription
      const { best } = session
      if (!best) sessions += 1
      else if (several) deliver(broker, subscription, message, encoder, now, false)
      if (!best || subscription.qos > best.qos) session.best = subscription
    }
  let left = takeOutbound(broker, sessions, now)
  for (const subscriptions of matched)
    for (const subscription of subscriptions.values()) {
      const { session } = subscription
      if (session.best !== subscription) continue
      session.best = undefined
      if (left === 0) continue
      left -= 1
      deliver(broker, subscription, message, encoder, now, false)
    }
}
