/**
 * Where the broker's quotas are asked: each function answers whether one more may pass, and counts what may not. With quotas
 * `count` everything passes. What each quota is: catalogue.ts; docs/aws-iot-core.md §3.
 *
 * @module
 */
import type { Broker } from '../broker.ts'
import { publishesPerSecondAndConnection, throughputBytesPerSecondAndConnection } from '../limits.ts'
import type { Message, NewMessage } from '../message.ts'
import type { Client } from '../model.ts'

/**
 * Time by which a retained publish may come early, ms: a publisher that keeps one second between two sends cannot
 * see how long each was on its way. AWS does not publish how it counts.
 */
const retainedToleranceMs = 50

/**
 * Whether this connection may take or send one more publish this second; the excess is dropped. Its payload's bytes count toward the
 * connection's throughput, over which AWS delays what follows and this broker counts a hit. docs/aws-iot-core.md §2.2, §3.
 */
export function mayPublishOrReceive(broker: Broker, client: Client, now: number, bytes: number): boolean {
  const { quotas } = broker
  if (quotas.mode === 'off') return true
  const { rate } = client
  if (now - rate.since >= 1000) {
    rate.since = now
    rate.count = 0
    rate.bytes = 0
  }
  rate.count += 1
  const isOver = rate.count > publishesPerSecondAndConnection
  if (isOver) {
    if (quotas.count('publishPerConnection', now, 1))
      quotas.tell('publishPerConnection', now, { clientId: client.session.clientId })
    if (quotas.mode === 'enforce') return false
  }
  const before = rate.bytes
  rate.bytes += bytes
  // Once a second and connection.
  if (rate.bytes > throughputBytesPerSecondAndConnection && before <= throughputBytesPerSecondAndConnection)
    quotas.hit('throughputPerConnection', now, 1, { clientId: client.session.clientId })
  return true
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
  const { quotas, subscriptions } = broker
  return (
    quotas.take('subscribePerAccount', 1, now) === 1 &&
    quotas.hasRoom('subscriptionsPerAccount', subscriptions.size, now)
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
  const { quotas, retained, retainedAt } = broker
  if (quotas.mode === 'off') return true
  const everyMs = 1000 / quotas.limits.retainedPerTopic
  const last = retainedAt.get(message.topic)
  let may = true
  if (last !== undefined && now - last < everyMs - retainedToleranceMs) {
    quotas.hit('retainedPerTopic', now, 1, { topic: message.topic, lastMsAgo: now - last })
    may = false
  } else if (quotas.take('retainedPerAccount', 1, now) === 0) {
    may = false
  } else if (
    retained.size >= quotas.limits.retainedMessages &&
    message.payload.length > 0 &&
    retained.isNew(message.topic, now)
  ) {
    quotas.hit('retainedMessages', now, 1, { topic: message.topic })
    may = false
  }
  if (!may && quotas.mode === 'enforce') return false
  retainedAt.set(message.topic, now)
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

/** Notes a CONNECT, and logs a second one within a second; refusing it is left to AWS. docs/aws-iot-core.md §2.1. */
export function noteConnect(broker: Broker, clientId: string, now: number): void {
  const { quotas, connectedAt } = broker
  if (quotas.mode === 'off') return
  const last = connectedAt.get(clientId)
  connectedAt.set(clientId, now)
  if (last !== undefined && now - last < 1000 / quotas.limits.connectPerClientId)
    quotas.hit('connectPerClientId', now, 1, { clientId, lastMsAgo: now - last })
}

/** Whether this operation of the connection API may be asked of this client ID: one a second. docs/aws-iot-core.md §3. */
export function mayAskOfClient(broker: Broker, operation: string, clientId: string, now: number): boolean {
  const { quotas, askedOfClientAt } = broker
  if (quotas.mode === 'off') return true
  const key = `${operation} ${clientId}`
  const last = askedOfClientAt.get(key)
  if (last !== undefined && now - last < 1000 / quotas.limits.connectionApiPerClientId) {
    quotas.hit('connectionApiPerClientId', now, 1, { operation, clientId, lastMsAgo: now - last })
    if (quotas.mode === 'enforce') return false
  }
  askedOfClientAt.set(key, now)
  return true
}

/** Forgets what no longer counts. */
export function sweepQuotas(broker: Broker, now: number): void {
  const { limits } = broker.quotas
  for (const [topic, at] of broker.retainedAt)
    if (now - at >= 1000 / limits.retainedPerTopic) broker.retainedAt.delete(topic)
  for (const [clientId, at] of broker.connectedAt)
    if (now - at >= 1000 / limits.connectPerClientId) broker.connectedAt.delete(clientId)
  for (const [key, at] of broker.askedOfClientAt)
    if (now - at >= 1000 / limits.connectionApiPerClientId) broker.askedOfClientAt.delete(key)
}
