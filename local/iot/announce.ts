import type { Broker } from './broker.ts'
import { type LifecycleEvent, lifecycleTopic } from './lifecycle.ts'
import { newMessage } from './message.ts'
import { sendToSubscribers } from './send-to-subscribers.ts'

/** Tells a lifecycle event to the broker's listeners and to subscribers of its topic. docs/aws-iot-core.md §8. */
export function announce(broker: Broker, event: LifecycleEvent): void {
  broker.lifecycle.emit(event)
  if (/[#+]/.test(event.clientId)) return
  const topic = lifecycleTopic(event)
  const isHeard = broker.shared.size > 0 || broker.subscriptions.match(topic).length > 0
  if (!isHeard && broker.rules.size === 0) return
  const message = newMessage({ topic, payload: Buffer.from(JSON.stringify(event)) }, event.timestamp)
  if (isHeard) sendToSubscribers(broker, message, event.timestamp)
  broker.rules.offer(message, undefined, event.timestamp)
}
