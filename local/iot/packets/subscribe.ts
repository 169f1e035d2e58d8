/** SUBSCRIBE. docs/aws-iot-core.md §2.3, §2.4, §2.8, §12.1, §12.8. */
import type { ISubscribePacket, ISubscription } from 'mqtt-packet'
import { announce } from '../announce.ts'
import type { Broker } from '../broker.ts'
import { deliver } from '../deliver.ts'
import { endConnection } from '../end-connection.ts'
import { filtersPerSubscribeMax } from '../limits.ts'
import { meteredUnits } from '../message.ts'
import type { Client, Subscription } from '../model.ts'
import type { Problem, Refusal } from '../problem.ts'
import { reason } from '../reason-codes.ts'
import { sendPacket } from '../send-packet.ts'
import { addSubscription } from '../shared/membership.ts'
import { drainGroupsOf } from '../shared/share-out.ts'
import { isShared } from '../topics/topic-name.ts'
import { DeliveryEncoder } from '../wire/encode-delivery.ts'
import { MalformedPacketError } from '../wire/parse-packet.ts'
import { filterRefusal, quotaRefusal } from './subscribe-refusal.ts'

export function handleSubscribe(broker: Broker, client: Client, packet: ISubscribePacket): void {
  const { messageId: packetId = 0, subscriptions } = packet
  if (packetId < 1 || subscriptions.length === 0)
    throw new MalformedPacketError('a SUBSCRIBE without a packet ID or a filter')
  meter(broker, client, packet)
  if (packet.properties?.subscriptionIdentifier !== undefined) {
    disconnect(broker, client, reason.subscriptionIdentifiersNotSupported, {
      message: 'a subscription identifier',
    })
    return
  }
  if (subscriptions.length > filtersPerSubscribeMax) {
    const message = `a SUBSCRIBE with ${subscriptions.length} filters; AWS takes ${filtersPerSubscribeMax}`
    disconnect(broker, client, reason.quotaExceeded, { message, quota: 'filtersPerSubscribe' })
    return
  }
  if (subscriptions.some(({ qos }) => qos === 2)) {
    refuseQos2(broker, client)
    return
  }
  // MQTT 5.0 [MQTT-3.8.3-4]
  if (subscriptions.some(({ topic, nl }) => nl && isShared(topic))) {
    disconnect(broker, client, reason.protocolError, { message: 'a shared subscription with No Local' })
    return
  }
  warnOfIgnoredOptions(broker, client, subscriptions)
  const added: [filter: string, subscription: Subscription][] = []
  const granted: number[] = []
  const unfit = subscriptions.map(({ topic }) => filterRefusal(client, topic))
  // 3.1.1: no SUBACK, the connection closes. docs/aws-iot-core.md §2.8, §12.1.
  const closing = broker.settings.strict || client.version === 4 ? unfit.find(Boolean) : undefined
  if (closing) {
    refuseByClosing(broker, client, closing)
    return
  }
  for (const [at, wanted] of subscriptions.entries()) {
    const refusal = unfit[at] ?? quotaRefusal(broker, client, wanted.topic)
    if (refusal && broker.settings.strict) {
      refuseByClosing(broker, client, refusal)
      return
    }
    if (refusal) {
      log(broker, client, refusal)
      // Over the quota, a 3.1.1 client gets 0x80. docs/aws-iot-core.md §12.8.
      granted.push(client.version === 5 ? refusal.code : reason.unspecified)
      continue
    }
    granted.push(wanted.qos)
    added.push([wanted.topic, subscribe(broker, client, wanted)])
  }
  sendPacket(broker, client, { cmd: 'suback', messageId: packetId, granted })
  for (const [filter, subscription] of added) sendRetained(broker, client, filter, subscription)
  drainGroupsOf(broker, client.session)
  if (added.length > 0)
    announceSubscribed(
      broker,
      client,
      added.map(([filter]) => filter),
    )
}

function refuseByClosing(broker: Broker, client: Client, { code, ...problem }: Refusal): void {
  const why = code === reason.notAuthorized ? 'AUTH_ERROR' : 'CLIENT_ERROR'
  endConnection(broker, client.connection, { reason: why, reasonCode: code, ...problem })
}

function subscribe(broker: Broker, client: Client, { topic: filter, qos }: ISubscription): Subscription {
  const { chance, clock, faults } = broker.settings
  const pauseMs = faults.subackPauseMs > 0 ? Math.floor(chance.next() * faults.subackPauseMs) : 0
  const subscription: Subscription = {
    session: client.session,
    qos: qos === 1 ? 1 : 0,
    activeAt: pauseMs > 0 ? clock.now() + pauseMs : 0,
  }
  addSubscription(broker, filter, subscription)
  return subscription
}

/** Only a filter that is the topic itself finds a retained message, sent with RETAIN 1: no shared one does. docs/aws-iot-core.md §2.4. */
function sendRetained(broker: Broker, client: Client, filter: string, subscription: Subscription): void {
  const { clock } = broker.settings
  const send = (): void => {
    const now = clock.now()
    // In the pause it may have left, unsubscribed, or subscribed anew.
    if (client.session.client !== client || client.session.subscriptions.get(filter) !== subscription) return
    const retained = broker.retained.get(filter, now)
    if (!retained) return
    deliver(broker, subscription, retained.message, new DeliveryEncoder(retained.message, now), now, true)
  }
  const pauseMs = subscription.activeAt - clock.now()
  if (pauseMs > 0) clock.after(pauseMs, send)
  else send()
}

function meter(broker: Broker, client: Client, packet: ISubscribePacket): void {
  const bytes = packet.subscriptions.reduce((sum, { topic }) => sum + Buffer.byteLength(topic) + 3, 2)
  const units = meteredUnits(bytes)
  client.meter.subscribe += units
  broker.meter.subscribe += units
}

/** No SUBACK ever comes: MQTT 5 is told so, 3.1.1 waits in vain. docs/aws-iot-core.md §2.2. */
function refuseQos2(broker: Broker, client: Client): void {
  const message = 'a QoS 2 subscription; AWS has QoS 0 and 1'
  if (client.version === 5) disconnect(broker, client, reason.qosNotSupported, { message })
  else
    broker.settings.log({ level: 'warn', message: `ignored ${message}`, clientId: client.session.clientId })
}

/** No Local, Retain As Published and Retain Handling are not in AWS's list, and do nothing here. docs/aws-iot-core.md §12.6. */
function warnOfIgnoredOptions(broker: Broker, client: Client, subscriptions: readonly ISubscription[]): void {
  const asked = subscriptions.filter(({ nl, rap, rh }) => nl || rap || (rh ?? 0) > 0)
  if (asked.length === 0) return
  broker.settings.log({
    level: 'warn',
    message: "ignored No Local, Retain As Published or Retain Handling: not in AWS's list",
    clientId: client.session.clientId,
    filters: asked.map(({ topic }) => topic),
  })
}

function announceSubscribed(broker: Broker, client: Client, topics: readonly string[]): void {
  announce(broker, {
    clientId: client.session.clientId,
    timestamp: broker.settings.clock.now(),
    eventType: 'subscribed',
    sessionIdentifier: client.connection.id,
    principalIdentifier: client.permissions.principal,
    topics,
  })
}

function log(broker: Broker, client: Client, refusal: Refusal): void {
  // A denial is logged where it is decided.
  if (refusal.code === reason.notAuthorized) return
  if (refusal.quota !== undefined)
    broker.quotas.hit(refusal.quota, broker.settings.clock.now(), 1, { clientId: client.session.clientId })
  broker.settings.log({ level: 'warn', message: refusal.message, clientId: client.session.clientId })
}

function disconnect(broker: Broker, client: Client, reasonCode: number, problem: Problem): void {
  endConnection(broker, client.connection, { reason: 'CLIENT_ERROR', reasonCode, ...problem })
}
