/**
 * Rates that AWS bounds: each answers whether one more may pass, and counts what may not.
 *
 * @module
 */
import type { Broker } from './broker.ts'
import {
  connectsPerSecondAndClientId,
  publishesPerSecondAndConnection,
  retainedMessagesMax,
  retainedPublishesPerSecondAndTopic,
} from './limits.ts'
import type { Message } from './message.ts'
import type { Client } from './model.ts'

/**
 * Time by which a retained publish may come early, ms: a publisher that keeps one second between two sends cannot
 * see how long each was on its way. AWS does not publish how it counts.
 */
const retainedToleranceMs = 50

const retainedEveryMs = 1000 / retainedPublishesPerSecondAndTopic
const connectEveryMs = 1000 / connectsPerSecondAndClientId

/** Whether this connection may take or send one more publish this second; the excess is dropped. docs/aws-iot-core.md §2.2. */
export function mayPublishOrReceive(broker: Broker, client: Client, now: number): boolean {
  const { quotas } = broker.settings
  if (quotas === 'off') return true
  const { rate } = client
  if (now - rate.since >= 1000) {
    rate.since = now
    rate.count = 0
  }
  rate.count += 1
  if (rate.count <= publishesPerSecondAndConnection) return true
  broker.counters.quotaHits.publishPerConnection += 1
  return quotas === 'count'
}

/** Whether this retained publish is within one a second and topic, and the store's size. docs/aws-iot-core.md §2.4, §12.15. */
export function mayRetain(broker: Broker, message: Message, now: number): boolean {
  const { quotas, log } = broker.settings
  if (quotas === 'off') return true
  const { counters, retained, retainedAt } = broker
  const last = retainedAt.get(message.topic)
  let over: string | undefined
  if (last !== undefined && now - last < retainedEveryMs - retainedToleranceMs) {
    counters.quotaHits.retainedPerTopic += 1
    over = `retained publishes a second and topic (${retainedPublishesPerSecondAndTopic}): the last one was ${now - last} ms ago`
  } else if (
    retained.size >= retainedMessagesMax &&
    message.payload.length > 0 &&
    retained.isNew(message.topic, now)
  ) {
    counters.quotaHits.retainedMessages += 1
    over = `retained messages (${retainedMessagesMax})`
  }
  if (over !== undefined) {
    log({ level: 'warn', message: `over the quota of ${over}`, topic: message.topic, quotas })
    if (quotas === 'enforce') return false
  }
  retainedAt.set(message.topic, now)
  return true
}

/** Notes a CONNECT, and logs a second one within a second; refusing it is left to AWS. docs/aws-iot-core.md §2.1. */
export function noteConnect(broker: Broker, clientId: string, now: number): void {
  const { quotas, log } = broker.settings
  if (quotas === 'off') return
  const last = broker.connectedAt.get(clientId)
  broker.connectedAt.set(clientId, now)
  if (last === undefined || now - last >= connectEveryMs) return
  broker.counters.quotaHits.connectPerClientId += 1
  log({
    level: 'warn',
    message: `over the quota of CONNECTs a second and client ID (${connectsPerSecondAndClientId})`,
    clientId,
  })
}

/** Forgets what no longer counts. */
export function sweepQuotas(broker: Broker, now: number): void {
  for (const [topic, at] of broker.retainedAt)
    if (now - at >= retainedEveryMs) broker.retainedAt.delete(topic)
  for (const [clientId, at] of broker.connectedAt)
    if (now - at >= connectEveryMs) broker.connectedAt.delete(clientId)
}
