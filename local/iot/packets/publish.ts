/** PUBLISH from a client. docs/aws-iot-core.md §2.2, §2.8, §12.1. */
import type { IPublishPacket } from 'mqtt-packet'
import type { Broker } from '../broker.ts'
import { endConnection } from '../end-connection.ts'
import { topicAliasMax } from '../limits.ts'
import { messageProblem, type NewMessage, newMessage } from '../message.ts'
import type { Client } from '../model.ts'
import { publish } from '../publish.ts'
import { mayPublishOrReceive, noteExpiry } from '../quotas/checks.ts'
import type { Problem, Refusal } from '../problem.ts'
import { reason } from '../reason-codes.ts'
import { sendPacket } from '../send-packet.ts'
import { publishedTopicProblem } from '../topics/topic-name.ts'
import { MalformedPacketError } from '../wire/parse-packet.ts'
import { readMessageProperties, readNumberProperty } from '../wire/read-properties.ts'

export function handlePublish(broker: Broker, client: Client, packet: IPublishPacket): void {
  if (packet.qos === 2) {
    refuseQos2(broker, client, packet.topic)
    return
  }
  const packetId = packet.qos === 1 ? (packet.messageId ?? 0) : undefined
  if (packetId !== undefined && packetId < 1)
    throw new MalformedPacketError('a QoS 1 publish has packet ID 0')
  // MQTT 5.0 [MQTT-3.3.1-2]
  if (packetId === undefined && packet.dup) throw new MalformedPacketError('a QoS 0 publish has DUP 1')
  if (packet.properties?.subscriptionIdentifier !== undefined) {
    // docs/aws-iot-core.md §2.2: not available.
    disconnect(broker, client, reason.subscriptionIdentifiersNotSupported, {
      message: 'a subscription identifier',
    })
    return
  }
  const topic = topicOf(broker, client, packet)
  if (topic === undefined) return
  const now = broker.settings.clock.now()
  // The excess is dropped silently. docs/aws-iot-core.md §2.2.
  if (!mayPublishOrReceive(broker, client, now, packet.payload.length)) {
    broker.counters.drops.rate += 1
    return
  }
  const published: NewMessage = {
    topic,
    payload: packet.payload as Buffer,
    qos: packet.qos,
    retain: packet.retain,
    properties: readMessageProperties(packet.properties),
    expirySeconds: readNumberProperty('messageExpiryInterval', packet.properties?.messageExpiryInterval),
  }
  // MQTT 5.0 [MQTT-3.3.2-14]
  if (/[+#]/.test(published.properties?.responseTopic ?? '')) {
    disconnect(broker, client, reason.protocolError, { message: 'a response topic with a wildcard' })
    return
  }
  const tooLarge = messageProblem(published)
  if (tooLarge) {
    disconnect(broker, client, reason.quotaExceeded, tooLarge)
    return
  }
  const refusal = refusalOf(client, published)
  if (refusal) {
    refuse(broker, client, packetId, refusal)
    return
  }
  noteExpiry(broker, published, now)
  const message = newMessage(published, now)
  client.meter.publishIn += message.units
  if (publish(broker, message, now, client) === 'throttled') {
    // Over HTTP this is a 429; a QoS 0 or 3.1.1 publisher is told nothing. docs/aws-iot-core.md §12.15.
    if (packetId !== undefined && client.version === 5)
      sendPacket(broker, client, { cmd: 'puback', messageId: packetId, reasonCode: reason.quotaExceeded })
    return
  }
  if (packetId !== undefined)
    sendPacket(broker, client, { cmd: 'puback', messageId: packetId, reasonCode: reason.success })
}

/** The topic, by its alias where there is one; undefined when the client was disconnected for it. docs/aws-iot-core.md §2.2. */
function topicOf(broker: Broker, client: Client, packet: IPublishPacket): string | undefined {
  const alias = readNumberProperty('topicAlias', packet.properties?.topicAlias)
  if (alias === undefined) {
    // MQTT 5.0 section 3.3.4: a protocol error.
    if (packet.topic === '')
      disconnect(broker, client, reason.protocolError, { message: 'neither topic nor topic alias' })
    return packet.topic === '' ? undefined : packet.topic
  }
  if (alias < 1 || alias > topicAliasMax) {
    const message = `topic alias ${alias}; AWS takes 1 to ${topicAliasMax}`
    disconnect(broker, client, reason.topicAliasInvalid, { message, quota: 'topicAliases' })
    return undefined
  }
  const aliases = (client.aliases ??= new Map<number, string>())
  if (packet.topic !== '') aliases.set(alias, packet.topic)
  const topic = aliases.get(alias)
  if (topic === undefined)
    disconnect(broker, client, reason.protocolError, {
      message: `topic alias ${alias} was never given a topic`,
    })
  return topic
}

function refusalOf(client: Client, { topic, retain }: NewMessage): Refusal | undefined {
  const problem = publishedTopicProblem(topic, retain === true)
  if (problem)
    return {
      ...problem,
      code: reason.topicNameInvalid,
      message: `topic ${JSON.stringify(topic.slice(0, 300))}: ${problem.message}`,
    }
  if (!client.permissions.may('Publish', topic))
    return { code: reason.notAuthorized, message: `iot:Publish on ${topic} is denied` }
  if (retain && !client.permissions.may('RetainPublish', topic))
    return { code: reason.notAuthorized, message: `iot:RetainPublish on ${topic} is denied` }
  return undefined
}

/** MQTT 5 at QoS 1: a PUBACK that says why. Anything else, and the strict mode: the connection ends. docs/aws-iot-core.md §12.1. */
function refuse(
  broker: Broker,
  client: Client,
  packetId: number | undefined,
  { code, message, quota }: Refusal,
): void {
  if (client.version === 5 && packetId !== undefined && !broker.settings.strict) {
    if (quota !== undefined)
      broker.quotas.hit(quota, broker.settings.clock.now(), 1, {
        clientId: client.session.clientId,
        because: message,
      })
    sendPacket(broker, client, { cmd: 'puback', messageId: packetId, reasonCode: code })
  } else
    endConnection(broker, client.connection, {
      reason: code === reason.notAuthorized ? 'AUTH_ERROR' : 'CLIENT_ERROR',
      reasonCode: code,
      message,
      quota,
    })
}

/** No PUBREC ever comes: MQTT 5 is told so, 3.1.1 waits in vain. docs/aws-iot-core.md §2.2. */
function refuseQos2(broker: Broker, client: Client, topic: string): void {
  const message = `a QoS 2 publish to ${topic}; AWS has QoS 0 and 1`
  if (client.version === 5) disconnect(broker, client, reason.qosNotSupported, { message })
  else
    broker.settings.log({ level: 'warn', message: `ignored ${message}`, clientId: client.session.clientId })
}

function disconnect(broker: Broker, client: Client, reasonCode: number, problem: Problem): void {
  endConnection(broker, client.connection, { reason: 'CLIENT_ERROR', reasonCode, ...problem })
}
