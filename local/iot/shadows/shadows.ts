/**
 * The shadow service: get, update and delete, over HTTP or MQTT, and what it tells subscribers. docs/aws-iot-core.md §7.
 *
 * @module
 */
import type { Broker } from '../broker.ts'
import { shadowDocumentBytesMax } from '../limits.ts'
import { type Message, newMessage } from '../message.ts'
import { mayAskShadow } from '../quotas/checks.ts'
import { sendToSubscribers } from '../send-to-subscribers.ts'
import { deltaOf, describe, type JsonObject, type Shadow, updated } from './document.ts'
import { readToken, readUpdate, ShadowError } from './request.ts'
import type { ShadowId } from './shadow-store.ts'
import { type ShadowOperation, shadowTopic, type ShadowTopic } from './shadow-topics.ts'

/** Does what is asked, and answers the document of the acceptance. Throws ShadowError. */
export function askShadow(
  broker: Broker,
  id: ShadowId,
  operation: ShadowOperation,
  body: Uint8Array,
  now: number,
): JsonObject {
  if (!mayAskShadow(broker, id.thingName, now)) throw new ShadowError(429, 'Too many requests')
  if (operation === 'get') return get(broker, id, body, Math.floor(now / 1000))
  return operation === 'update' ? update(broker, id, body, now) : remove(broker, id, body, now)
}

/** A publish to a shadow's topic: the answer goes to `…/accepted` or `…/rejected`. */
export function askShadowByMqtt(broker: Broker, topic: ShadowTopic, { payload }: Message, now: number): void {
  try {
    const answer = askShadow(broker, topic, topic.operation, payload, now)
    // The others' acceptance is told whoever asks.
    if (topic.operation === 'get') tell(broker, topic, 'get/accepted', answer, now)
  } catch (error) {
    if (!(error instanceof ShadowError)) throw error
    const { code, message, clientToken } = error
    const timestamp = Math.floor(now / 1000)
    const rejection = { code, message, timestamp, ...withToken(clientToken) }
    tell(broker, topic, `${topic.operation}/rejected`, rejection, now)
  }
}

function get(broker: Broker, id: ShadowId, body: Uint8Array, timestamp: number): JsonObject {
  const clientToken = readToken(body)
  const { state, metadata, version } = existing(broker, id, clientToken)
  const delta = deltaOf({ state, metadata, version })
  return {
    state: { ...state, ...(delta && { delta: delta.state }) },
    metadata: { ...metadata },
    version,
    timestamp,
    ...withToken(clientToken),
  }
}

function update(broker: Broker, id: ShadowId, body: Uint8Array, now: number): JsonObject {
  if (body.length > shadowDocumentBytesMax)
    broker.quotas.hit('shadowDocumentBytes', now, 1, { thingName: id.thingName })
  const { state, version: seen, clientToken } = readUpdate(body)
  const { shadow: before, version } = broker.shadows.get(id)
  if (seen !== undefined && seen !== version) throw new ShadowError(409, 'Version conflict', clientToken)
  const timestamp = Math.floor(now / 1000)
  const after = updated(before, state, version + 1, timestamp)
  broker.shadows.put(id, after)
  const common = { timestamp, ...withToken(clientToken) }
  const metadata = Object.fromEntries(
    Object.entries(state).map(([section, change]) => [section, change && describe(change, timestamp)]),
  )
  const accepted = { state: { ...state }, metadata, version: after.version, ...common }
  tell(broker, id, 'update/accepted', accepted, now)
  const delta = deltaOf(after)
  if (delta) tell(broker, id, 'update/delta', { ...delta, version: after.version, ...common }, now)
  tell(
    broker,
    id,
    'update/documents',
    { ...(before && { previous: asJson(before) }), current: asJson(after), ...common },
    now,
  )
  return accepted
}

function remove(broker: Broker, id: ShadowId, body: Uint8Array, now: number): JsonObject {
  const clientToken = readToken(body)
  const { version } = existing(broker, id, clientToken)
  broker.shadows.delete(id, version)
  const accepted = { version, timestamp: Math.floor(now / 1000), ...withToken(clientToken) }
  tell(broker, id, 'delete/accepted', accepted, now)
  return accepted
}

function existing(broker: Broker, id: ShadowId, clientToken: string | undefined): Shadow {
  const { shadow } = broker.shadows.get(id)
  if (shadow) return shadow
  const name = id.shadowName === '' ? id.thingName : `${id.thingName}~${id.shadowName}`
  throw new ShadowError(404, `No shadow exists with name: '${name}'`, clientToken)
}

/** Publishes to subscribers of the shadow's topic. */
function tell(broker: Broker, id: ShadowId, rest: string, document: JsonObject, now: number): void {
  const topic = shadowTopic(id, rest)
  const message = newMessage({ topic, payload: Buffer.from(JSON.stringify(document)), qos: 1 }, now)
  sendToSubscribers(broker, message, now)
  if (broker.rules.size > 0) broker.rules.offer(message, undefined, now)
}

function asJson({ state, metadata, version }: Shadow): JsonObject {
  return { state: { ...state }, metadata: { ...metadata }, version }
}

function withToken(clientToken: string | undefined): { clientToken?: string } {
  return clientToken === undefined ? {} : { clientToken }
}
