/** PINGREQ: answered, and free. docs/aws-iot-core.md §4. */
import type { Broker } from '../broker.ts'
import type { Client } from '../model.ts'
import { sendPacket } from '../send-packet.ts'

export function handlePingreq(broker: Broker, client: Client): void {
  sendPacket(broker, client, { cmd: 'pingresp' })
}
