/**
 * One message to one subscriber, with what AWS may do to it on the way.
 *
 * @module
 */
import type { Broker } from './broker.ts'
import { bounds } from './limits.ts'
import type { Message } from './message.ts'
import type { Client, Subscription } from './model.ts'
import { mayPublishOrReceive } from './quotas/checks.ts'
import { sendAtLeastOnce, store } from './session/outbound.ts'
import { DeliveryEncoder } from './wire/encode-delivery.ts'

/** Delivers a message, or stores it for a session whose client is away. `retain` is true only on subscribing. */
export function deliver(
  broker: Broker,
  subscription: Subscription,
  message: Message,
  encoder: DeliveryEncoder,
  now: number,
  retain: boolean,
): void {
  const { chance, clock, faults } = broker.settings
  const qos = message.qos === 1 && subscription.qos === 1 ? 1 : 0
  // Duplicates have packet IDs of their own and DUP 0. docs/aws-iot-core.md §2.2, §12.14.
  for (let copies = chance.happens(faults.double) ? 2 : 1; copies > 0; copies -= 1) {
    if (qos === 0 && chance.happens(faults.drop)) {
      broker.counters.drops.fault += 1
      continue
    }
    if (faults.delayMs <= 0) {
      deliverNow(broker, subscription, qos, message, encoder, now, retain)
      continue
    }
    clock.after(Math.floor(chance.next() * faults.delayMs), () => {
      const later = clock.now()
      deliverNow(broker, subscription, qos, message, new DeliveryEncoder(message, later), later, retain)
    })
  }
}

function deliverNow(
  broker: Broker,
  { session, activeAt }: Subscription,
  qos: 0 | 1,
  message: Message,
  encoder: DeliveryEncoder,
  now: number,
  retain: boolean,
): void {
  if (now < activeAt) return
  const { client } = session
  if (!client) {
    // Only QoS 1 both ways is stored. docs/aws-iot-core.md §2.1.
    if (qos === 1 && session.expirySeconds > 0) store(broker, session, { message, retain })
    return
  }
  // Checked at each delivery; a message that is denied is just not delivered. docs/aws-iot-core.md §2.8.
  if (!client.permissions.mayReceive(message.topic)) return
  if (!mayPublishOrReceive(broker, client, now, message.payload.length)) {
    broker.counters.drops.rate += 1
    return
  }
  if (qos === 1) sendAtLeastOnce(broker, client, { message, retain }, encoder, now)
  else sendAtMostOnce(broker, client, message, encoder, retain)
}

/** Sends it at QoS 0, unless the client takes no packet of its size, or reads too slowly. */
export function sendAtMostOnce(
  broker: Broker,
  client: Client,
  message: Message,
  encoder: DeliveryEncoder,
  retain: boolean,
): void {
  const { transport } = client.connection
  const frame = encoder.atMostOnce(client.version, retain)
  if (frame.bytes.length - frame.packetAt > client.packetBytesMax) {
    broker.counters.drops.packetSize += 1
    return
  }
  if (transport.bufferedBytes() > bounds.outboxSoftBytes) {
    broker.counters.drops.slowReader += 1
    return
  }
  transport.send(frame)
  broker.counters.deliveries += 1
  client.deliveries += 1
  client.meter.publishOut += message.units
  broker.meter.publishOut += message.units
}
