/**
 * One message to one member of each group that hears it, or to the group's queue. docs/aws-iot-core.md §2.5.
 *
 * @module
 */
import type { Broker } from '../broker.ts'
import { deliver } from '../deliver.ts'
import { publishesPerSecondAndConnection } from '../limits.ts'
import { isExpired, type Message } from '../message.ts'
import type { Client, Session, Subscription } from '../model.ts'
import { mayQueue, takeOutbound } from '../quotas/checks.ts'
import { DeliveryEncoder } from '../wire/encode-delivery.ts'
import type { SharedGroup } from './shared-groups.ts'
import { sharedQueueBytesMax, sharedReplaysPerSecondAndMember } from './shared-limits.ts'

/** Sends a message to a member, drawn at random, of each group that hears it. */
export function shareOut(broker: Broker, message: Message, encoder: DeliveryEncoder, now: number): void {
  for (const group of broker.shared.match(message.topic)) {
    const member = draw(broker, group, now)
    if (member) {
      if (takeOutbound(broker, 1, now) > 0) deliver(broker, member, message, encoder, now, false)
    } else if (message.qos === 1 && keepsForItsMembers(group)) enqueue(broker, group, message, now)
    else broker.counters.drops.queue += 1
  }
}

/** A client is back, or new in a group: what its groups queued is sent. */
export function drainGroupsOf(broker: Broker, { subscriptions }: Session): void {
  if (broker.shared.size === 0) return
  for (const filter of subscriptions.keys()) {
    const group = broker.shared.get(filter)
    if (group && group.queue.length > 0 && !group.draining) drain(broker, group)
  }
}

/** One of the members that are connected and within their rate, each as likely as another. */
function draw(broker: Broker, group: SharedGroup, now: number): Subscription | undefined {
  const { chance } = broker.settings
  let drawn: Subscription | undefined
  let able = 0
  for (const member of group.members.values()) {
    const { client } = member.session
    if (!client || !hasRoom(broker, client, now)) continue
    able += 1
    if (able === 1 || chance.next() * able < 1) drawn = member
  }
  return drawn
}

function hasRoom(broker: Broker, { rate }: Client, now: number): boolean {
  return (
    broker.settings.quotas !== 'enforce' ||
    Math.abs(now - rate.since) >= 1000 ||
    rate.count < publishesPerSecondAndConnection
  )
}

/** A group queues while one of its members has a session that persists, and takes QoS 1. */
function keepsForItsMembers({ members }: SharedGroup): boolean {
  for (const { session, qos } of members.values()) if (qos === 1 && session.expirySeconds > 0) return true
  return false
}

/** The newest is dropped when the queue is full. */
function enqueue(broker: Broker, group: SharedGroup, message: Message, now: number): void {
  const bytes = group.queuedBytes + message.payload.length
  if (
    !mayQueue(broker, now) ||
    !broker.quotas.hasRoom('sharedGroupQueue', group.queue.length, now) ||
    bytes > sharedQueueBytesMax
  ) {
    broker.counters.drops.queue += 1
    return
  }
  group.queue.push(message)
  group.queuedBytes = bytes
  if (!group.draining) drain(broker, group)
}

/** Sends one queued message to each member that can take one, and so on twenty times a second until none is left. */
function drain(broker: Broker, group: SharedGroup): void {
  const { clock } = broker.settings
  const turn = (): void => {
    const now = clock.now()
    let connected = false
    for (const member of group.members.values()) {
      const { client } = member.session
      if (!client) continue
      connected = true
      if (hasRoom(broker, client, now)) sendOldest(broker, group, member, now)
    }
    group.draining = connected && group.queue.length > 0
    if (group.draining) clock.after(1000 / sharedReplaysPerSecondAndMember, turn)
  }
  group.draining = true
  turn()
}

function sendOldest(broker: Broker, group: SharedGroup, member: Subscription, now: number): void {
  for (let message = group.queue.shift(); message; message = group.queue.shift()) {
    group.queuedBytes -= message.payload.length
    if (!isExpired(message, now)) {
      if (takeOutbound(broker, 1, now) > 0)
        deliver(broker, member, message, new DeliveryEncoder(message, now), now, false)
      return
    }
    broker.counters.drops.expired += 1
  }
}
