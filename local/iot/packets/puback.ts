/** PUBACK from a client: its QoS 1 message has arrived. AWS bills it. docs/aws-iot-core.md §4. */
import type { Broker } from '../broker.ts'
import type { Client } from '../model.ts'
import { acknowledged } from '../session/outbound.ts'
import { MalformedPacketError } from '../wire/parse-packet.ts'

export function handlePuback(broker: Broker, client: Client, packetId: number): void {
  // MQTT 5.0 [MQTT-2.2.1-3]
  if (packetId < 1) throw new MalformedPacketError('a PUBACK has no packet ID')
  client.meter.puback += 1
  broker.meter.puback += 1
  acknowledged(broker, client, packetId, broker.settings.clock.now())
}
