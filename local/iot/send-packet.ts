import type { Packet } from 'mqtt-packet'
import type { Broker } from './broker.ts'
import { bounds } from './limits.ts'
import type { Client } from './model.ts'
import { encodeFrame } from './wire/frame.ts'

/** Sends an acknowledgement or the like. A client that asks without reading the answers is cut off. */
export function sendPacket(broker: Broker, client: Client, packet: Packet): void {
  client.connection.transport.send(encodeFrame(packet, client.version))
  cutOffWhenSlow(broker, client)
}

/** Destroys the transport of a reader over the hard bound; its end follows as any lost connection's. */
export function cutOffWhenSlow(broker: Broker, client: Client): void {
  const { transport } = client.connection
  if (transport.bufferedBytes() <= bounds.outboxHardBytes) return
  broker.counters.slowDisconnects += 1
  broker.settings.log({
    level: 'warn',
    message: `client reads too slowly: over ${bounds.outboxHardBytes} bytes wait for it`,
    clientId: client.session.clientId,
  })
  transport.destroy()
}
