/** UNSUBSCRIBE. The reason code is 0 though there was no such subscription: AWS does not list 0x11. docs/aws-iot-core.md §2.7. */
import type { IUnsubscribePacket } from 'mqtt-packet'
import { announce } from '../announce.ts'
import type { Broker } from '../broker.ts'
import type { Client } from '../model.ts'
import { reason } from '../reason-codes.ts'
import { sendPacket } from '../send-packet.ts'
import { removeSubscription } from '../shared/membership.ts'
import { filterProblem } from '../shared/shared-filter.ts'
import { MalformedPacketError } from '../wire/parse-packet.ts'

export function handleUnsubscribe(broker: Broker, client: Client, packet: IUnsubscribePacket): void {
  const { messageId: packetId = 0, unsubscriptions } = packet
  if (packetId < 1 || unsubscriptions.length === 0)
    throw new MalformedPacketError('an UNSUBSCRIBE without a packet ID or a filter')
  const { session } = client
  const topics = unsubscriptions.filter((filter) => removeSubscription(broker, filter, session))
  sendPacket(broker, client, {
    cmd: 'unsuback',
    messageId: packetId,
    granted: unsubscriptions.map((filter) =>
      filterProblem(filter) === undefined ? reason.success : reason.topicFilterInvalid,
    ),
  })
  if (topics.length === 0) return
  announce(broker, {
    clientId: session.clientId,
    timestamp: broker.settings.clock.now(),
    eventType: 'unsubscribed',
    sessionIdentifier: client.connection.id,
    principalIdentifier: client.permissions.principal,
    topics,
  })
}
