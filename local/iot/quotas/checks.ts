/**
 * Where the broker's quotas are asked: each function answers whether one more may pass, and counts what may not. With quotas
 * `count` everything passes. What each quota is: catalogue.ts; docs/aws-iot-core.md §3.
 *
 * @module
 */
import type { Broker } from '../broker.ts'
import { bounds, publishesPerSecondAndConnection, throughputBytesPerSecondAndConnection } from '../limits.ts'
import type { Message, NewMessage } from '../message.ts'
import type { Client } from '../model.ts'
import type { KeyedRateId } from './catalogue.ts'
import type { QuotaKeeper } from './quota-keeper.ts'

/**
 * Whether this connection may take or send one more publish this second; the excess is dropped. Its payload's bytes count toward the
 * connection's throughput, of which a second's worth may come at once; what is over it is delayed. docs/aws-iot-core.md §2.2, §3.
 */
export function mayPublishOrReceive(broker: Broker, client: Client, now: number, bytes: number): boolean {
  const { quotas } = broker
  if (quotas.mode === 'off') return true
  const { rate } = client
  // A clock that was set back begins a second anew, here and below.
  if (Math.abs(now - rate.since) >= 1000) {
    rate.since = now
    rate.count = 0
  }
  rate.count += 1
  const isOver = rate.count > publishesPerSecondAndConnection
  if (isOver) {
    if (quotas.count('publishPerConnection', now, 1))
      quotas.tell('publishPerConnection', now, { clientId: client.session.clientId })
    if (quotas.mode === 'enforce') return false
  }
  takeThroughput(broker, client, now, bytes)
  return true
}

/** The most that is ever put off: as much as may wait for a socket at the rate it goes out, ms. */
const delayMsMax = (bounds.outboxHardBytes / throughputBytesPerSecondAndConnection) * 1000

function takeThroughput({ quotas }: Broker, client: Client, now: number, bytes: number): void {
  const { rate } = client
  // A clock that was set back owes nothing.
  const before = rate.paidUntil - now > delayMsMax ? 0 : rate.paidUntil
  const takesMs = (bytes * 1000) / throughputBytesPerSecondAndConnection
  rate.paidUntil = Math.min(Math.max(before, now - 1000) + takesMs, now + delayMsMax)
  if (rate.paidUntil <= now) return
  if (before <= now) quotas.hit('throughputPerConnection', now, 1, { clientId: client.session.clientId })
  if (quotas.mode === 'enforce') client.connection.transport.holdFor(rate.paidUntil - now)
}

/** Whether one more message may be published: the account's inbound rate. */
export function mayPublish(broker: Broker, now: number): boolean {
  return broker.quotas.take('publishInPerAccount', 1, now) === 1
}

/** Called once a fan-out: of `n` deliveries so many may go, by the account's outbound rate; the others are dropped. */
export function takeOutbound(broker: Broker, n: number, now: number): number {
  const allowed = broker.quotas.take('publishOutPerAccount', n, now)
  broker.counters.drops.rate += n - allowed
  return allowed
}

/** Whether a message may be stored for a session whose client is away. docs/aws-iot-core.md §2.1. */
export function mayQueue(broker: Broker, now: number): boolean {
  return broker.quotas.take('queuedPerAccount', 1, now) === 1
}

/** Whether one more topic filter may be subscribed to, beside what the connection itself may have. */
export function maySubscribe(broker: Broker, now: number): boolean {
  const { quotas, subscriptions, shared } = broker
  return (
    quotas.take('subscribePerAccount', 1, now) === 1 &&
    quotas.hasRoom('subscriptionsPerAccount', subscriptions.size + shared.members, now)
  )
}

/** Whether one more client may connect, before anybody is asked who it is: the account's rate and its connections. */
export function mayConnect(broker: Broker, now: number): boolean {
  const { quotas, connections } = broker
  // The newcomer's own connection is among them.
  return (
    quotas.take('connectPerAccount', 1, now) === 1 && quotas.hasRoom('connections', connections.size - 1, now)
  )
}

/** Whether this retained publish is within the rates a second and the store's size. docs/aws-iot-core.md §2.4, §12.15. */
export function mayRetain(broker: Broker, message: Message, now: number): boolean {
  const { quotas, retained } = broker
  if (quotas.mode === 'off') return true
  const { topic } = message
  let may = true
  if (quotas.isOver('retainedPerTopic', topic, now, { topic })) {
    may = false
  } else if (quotas.take('retainedPerAccount', 1, now) === 0) {
    may = false
  } else if (
    retained.size >= quotas.limits.retainedMessages &&
    message.payload.length > 0 &&
    retained.isNew(topic, now)
  ) {
    quotas.hit('retainedMessages', now, 1, { topic })
    may = false
  }
  if (!may && quotas.mode === 'enforce') return false
  quotas.note('retainedPerTopic', topic, now)
  return true
}

/** Notes an expiry that is cut to the longest there is. docs/aws-iot-core.md §2.2. */
export function noteExpiry({ quotas }: Broker, { topic, expirySeconds }: NewMessage, now: number): void {
  if (expirySeconds !== undefined && expirySeconds > quotas.limits.messageExpiry)
    quotas.hit('messageExpiry', now, 1, { topic, expirySeconds })
}

/** Notes a message that waits because as many as may be are unacknowledged. docs/aws-iot-core.md §2.2. */
export function noteUnacknowledged({ quotas }: Broker, { session, window }: Client, now: number): void {
  // A client's own Receive Maximum is no quota.
  if (window >= quotas.limits.unacknowledged && quotas.count('unacknowledged', now, 1))
    quotas.tell('unacknowledged', now, { clientId: session.clientId })
}

/** Whether a client that is let in may connect under this client ID: one a second. docs/aws-iot-core.md §2.1. */
export function mayConnectAs({ quotas }: Broker, clientId: string, now: number): boolean {
  return takeKeyed(quotas, 'connectPerClientId', clientId, now, { clientId })
}

/** Whether this operation of the connection API may be asked of this client ID: one a second. docs/aws-iot-core.md §3. */
export function mayAskOfClient(
  { quotas }: Broker,
  operation: string,
  clientId: string,
  now: number,
): boolean {
  return takeKeyed(quotas, 'connectionApiPerClientId', `${operation} ${clientId}`, now, {
    operation,
    clientId,
  })
}

/** Whether one more may be asked of the shadows: the account's rate, and the thing's. docs/aws-iot-core.md §3. */
export function mayAskShadow({ quotas }: Broker, thingName: string, now: number): boolean {
  return (
    quotas.take('shadowRequests', 1, now) === 1 &&
    takeKeyed(quotas, 'shadowRequestsPerThing', thingName, now, { thingName })
  )
}

function takeKeyed(
  quotas: QuotaKeeper,
  id: KeyedRateId,
  key: string,
  now: number,
  seen: Readonly<Record<string, unknown>>,
): boolean {
  if (quotas.isOver(id, key, now, seen)) return false
  quotas.note(id, key, now)
  return true
}
