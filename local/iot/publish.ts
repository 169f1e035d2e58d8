/**
 * Takes a message that its publisher may publish: to its rule, its shadow, or every subscriber, and keeps it when it is retained.
 *
 * @module
 */
import type { Broker } from './broker.ts'
import type { Message } from './message.ts'
import type { Client } from './model.ts'
import { mayPublish, mayRetain } from './quotas/checks.ts'
import { basicIngest } from './topics/basic-ingest.ts'
import type { Publisher } from './rules/rules-engine.ts'
import { sendToSubscribers } from './send-to-subscribers.ts'
import { readShadowTopic } from './shadows/shadow-topics.ts'
import { askShadowByMqtt } from './shadows/shadows.ts'

/**
 * Publishes a message; `throttled` when the account's rate has no room for it, or when it was to be retained and is refused for its rate.
 * `client` is who published it, if a client did. docs/aws-iot-core.md §3, §12.15.
 */
export function publish(
  broker: Broker,
  message: Message,
  now: number,
  client?: Client,
): 'published' | 'throttled' {
  const ingest = basicIngest(message.topic)
  if (ingest) {
    // No subscriber hears it, and PUBACK means that the rules have it. docs/aws-iot-core.md §9.
    broker.counters.publishes += 1
    broker.rules.ingest(ingest.rule, message, ingest.topic, client && publisherOf(client), now)
    return 'published'
  }
  const shadow = readShadowTopic(message.topic)
  if (shadow) {
    askShadowByMqtt(broker, shadow, message, now)
    return 'published'
  }
  if (!mayPublish(broker, now)) return 'throttled'
  if (message.retain) {
    const { chance, faults } = broker.settings
    if (chance.happens(faults.throttleRetained) || !mayRetain(broker, message, now)) return 'throttled'
    if (!chance.happens(faults.forgetRetained)) {
      broker.retained.put(message, now)
      broker.meter.retainedStore += message.payload.length > 0 ? message.units : 0
    }
  }
  broker.counters.publishes += 1
  broker.meter.publishIn += message.units
  sendToSubscribers(broker, message, now)
  if (broker.rules.size > 0) broker.rules.offer(message, client && publisherOf(client), now)
  return 'published'
}

function publisherOf({ connection, session, permissions }: Client): Publisher {
  return {
    clientId: session.clientId,
    principal: permissions.principal,
    sourceIp: connection.transport.remoteAddress,
  }
}
