import { randomUUID } from 'node:crypto'
import type { Upgrade } from './auth/credentials.ts'
import type { Broker } from './broker.ts'
import { endConnection } from './end-connection.ts'
import { packetBytesMax } from './limits.ts'
import type { Connection } from './model.ts'
import { receive } from './receive.ts'
import { PacketFramer } from './wire/packet-framer.ts'
import type { ListeningTransport, TransportEvents } from './wire/transport.ts'

/** Takes a new transport in, whatever it is; its first packet is to be CONNECT. */
export function acceptConnection(broker: Broker, transport: ListeningTransport, upgrade: Upgrade): void {
  const now = broker.settings.clock.now()
  const connection: Connection = {
    id: newConnectionId(),
    transport,
    upgrade,
    framer: new PacketFramer(packetBytesMax),
    openedAt: now,
    lastHeardAt: now,
    phase: { status: 'new' },
  }
  broker.connections.add(connection)
  transport.listen(new ConnectionEvents(broker, connection))
}

/** A UUID in one piece: Node gives it as the fourteen it was made from, ten times the memory. */
function newConnectionId(): string {
  return Buffer.from(randomUUID(), 'latin1').toString('latin1')
}

/** A class, not closures: an idle connection is to cost little. */
class ConnectionEvents implements TransportEvents {
  readonly #broker: Broker
  readonly #connection: Connection

  constructor(broker: Broker, connection: Connection) {
    this.#broker = broker
    this.#connection = connection
  }

  onBytes(bytes: Buffer): void {
    receive(this.#broker, this.#connection, bytes)
  }

  onEnd(clean: boolean): void {
    endConnection(this.#broker, this.#connection, {
      reason: clean ? 'CLIENT_INITIATED_DISCONNECT' : 'CONNECTION_LOST',
    })
  }
}
