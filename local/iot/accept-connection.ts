import { randomUUID } from 'node:crypto'
import type { Upgrade } from './auth/credentials.ts'
import type { Broker } from './broker.ts'
import { endConnection } from './end-connection.ts'
import { packetBytesMax } from './limits.ts'
import type { Connection } from './model.ts'
import { receive } from './receive.ts'
import { PacketFramer } from './wire/packet-framer.ts'
import type { ListeningTransport } from './wire/transport.ts'

/** Takes a new transport in, whatever it is; its first packet is to be CONNECT. */
export function acceptConnection(broker: Broker, transport: ListeningTransport, upgrade: Upgrade): void {
  const now = broker.settings.clock.now()
  const connection: Connection = {
    id: randomUUID(),
    transport,
    upgrade,
    framer: new PacketFramer(packetBytesMax),
    openedAt: now,
    lastHeardAt: now,
    phase: { status: 'new' },
  }
  broker.connections.add(connection)
  transport.listen({
    onBytes: (bytes) => {
      receive(broker, connection, bytes)
    },
    onEnd: (clean) => {
      endConnection(broker, connection, { reason: clean ? 'CLIENT_INITIATED_DISCONNECT' : 'CONNECTION_LOST' })
    },
  })
}
