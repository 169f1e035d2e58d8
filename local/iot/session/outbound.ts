/**
 * QoS 1 to one session: what is in flight, what waits for the window, what was stored while it was away.
 * docs/aws-iot-core.md §2.1, §2.2.
 *
 * @module
 */
import type { Broker } from '../broker.ts'
import { bounds, replaysPerSecond, retrySeconds } from '../limits.ts'
import { isExpired } from '../message.ts'
import type { Client, Outbound, Session } from '../model.ts'
import { mayPublishOrReceive, mayQueue, noteUnacknowledged } from '../quotas/checks.ts'
import { cutOffWhenSlow } from '../send-packet.ts'
import { type DeliveryEncoder, encoderFor } from '../wire/encode-delivery.ts'
import type { Delivery } from './delivery.ts'
import { InFlight } from './in-flight.ts'

/** Sends it, or keeps it until the client acknowledges others. */
export function sendAtLeastOnce(
  broker: Broker,
  client: Client,
  delivery: Delivery,
  encoder: DeliveryEncoder,
  now: number,
): void {
  const outbound = outboundOf(client.session)
  if (outbound.inFlight.size >= client.window) {
    noteUnacknowledged(broker, client, now)
    keep(broker, outbound, outbound.waiting, delivery)
  } else transmit(broker, client, outbound, delivery, encoder, now)
}

/** Keeps it for a session whose client is away. */
export function store(broker: Broker, session: Session, delivery: Delivery): void {
  const outbound = outboundOf(session)
  if (mayQueue(broker, broker.settings.clock.now())) keep(broker, outbound, outbound.stored, delivery)
  else broker.counters.drops.queue += 1
}

/** A PUBACK has come: the next message may go. Unknown packet IDs are ignored, as after a resumed session. */
export function acknowledged(broker: Broker, client: Client, packetId: number, now: number): void {
  const { outbound } = client.session
  const arrived = outbound?.inFlight.get(packetId)
  if (!outbound?.inFlight.delete(packetId)) return
  arrived?.onAcknowledged?.()
  while (outbound.inFlight.size < client.window) {
    const next = outbound.waiting.shift()
    if (!next) break
    outbound.bytes -= next.message.payload.length
    if (isExpired(next.message, now)) broker.counters.drops.expired += 1
    // A refresh may have taken the right away since. docs/aws-iot-core.md §2.8.
    else if (client.permissions.mayReceive(next.message.topic))
      transmit(broker, client, outbound, next, encoderFor(next.message, now), now)
  }
}

/** The connection is gone: what was not acknowledged is stored for the next. */
export function putAside(session: Session): void {
  const { outbound } = session
  if (!outbound) return
  for (const delivery of outbound.inFlight.drain()) {
    if (delivery.onAcknowledged) continue
    outbound.stored.push(delivery)
    outbound.bytes += delivery.message.payload.length
  }
  for (const delivery of outbound.waiting.splice(0)) {
    if (delivery.onAcknowledged) outbound.bytes -= delivery.message.payload.length
    else outbound.stored.push(delivery)
  }
}

/** Sends the stored messages, ten a second, for as long as this client stays. docs/aws-iot-core.md §2.1. */
export function replay(broker: Broker, client: Client): void {
  const { outbound } = client.session
  if (!outbound || outbound.replayingTo === client || outbound.stored.length === 0) return
  outbound.replayingTo = client
  const { clock } = broker.settings
  const next = (): void => {
    if (client.session.client !== client) return
    if (outbound.inFlight.size < client.window) replayOne(broker, client, outbound, clock.now())
    if (outbound.stored.length > 0) clock.after(1000 / replaysPerSecond, next)
    else outbound.replayingTo = undefined
  }
  next()
}

/** Drops what has waited too long for its PUBACK. docs/aws-iot-core.md §2.2. */
export function dropUnacknowledged(broker: Broker, client: Client, now: number): void {
  const { outbound } = client.session
  if (!outbound || outbound.inFlight.size === 0) return
  for (const packetId of outbound.inFlight.sentBefore(now - retrySeconds[client.version] * 1000 + 1)) {
    broker.counters.drops.queue += 1
    broker.quotas.hit('retry', now, 1, { clientId: client.session.clientId })
    acknowledged(broker, client, packetId, now)
  }
}

function replayOne(broker: Broker, client: Client, outbound: Outbound, now: number): void {
  const delivery = outbound.stored.shift()
  if (!delivery) return
  outbound.bytes -= delivery.message.payload.length
  if (isExpired(delivery.message, now)) broker.counters.drops.expired += 1
  else if (!client.permissions.mayReceive(delivery.message.topic)) return
  else if (!mayPublishOrReceive(broker, client, now, delivery.message.payload.length))
    broker.counters.drops.rate += 1
  else transmit(broker, client, outbound, delivery, encoderFor(delivery.message, now), now)
}

function transmit(
  broker: Broker,
  client: Client,
  outbound: Outbound,
  delivery: Delivery,
  encoder: DeliveryEncoder,
  now: number,
): void {
  const { message, retain } = delivery
  const frame = encoder.atLeastOnce(client.version, retain)
  if (frame.bytes.length - frame.packetAt > client.packetBytesMax) {
    broker.counters.drops.packetSize += 1
    return
  }
  client.connection.transport.send(frame, outbound.inFlight.add(delivery, now))
  broker.counters.deliveries += 1
  client.deliveries += 1
  client.meter.publishOut += message.units
  broker.meter.publishOut += message.units
  cutOffWhenSlow(broker, client)
}

function keep(broker: Broker, outbound: Outbound, list: Delivery[], delivery: Delivery): void {
  const bytes = delivery.message.payload.length
  const full =
    outbound.waiting.length + outbound.stored.length >= bounds.storedMessages ||
    outbound.bytes + bytes > bounds.storedBytes
  if (full) broker.counters.drops.queue += 1
  else {
    list.push(delivery)
    outbound.bytes += bytes
  }
}

function outboundOf(session: Session): Outbound {
  return (session.outbound ??= {
    inFlight: new InFlight(),
    waiting: [],
    stored: [],
    bytes: 0,
    replayingTo: undefined,
  })
}
