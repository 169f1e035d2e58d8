/**
 * Stands between the tester and a broker, and knows of each delivery between which times it was heard: it cannot be before its bytes
 * were handed on, nor after the tester's PUBACK came back. However busy the machine is, the tester's own figure lies between.
 *
 * @module
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface WatchedDelivery {
  /** In the broker's order on its connection. */
  readonly sequence: number
  /** Ms since 1970, of the clock that the run's beginning is told by. */
  readonly handedOnAt: number
  acknowledgedAt: number
}

export interface WatchingProxy {
  /** `ws://…/mqtt` */
  readonly url: string
  readonly deliveries: readonly WatchedDelivery[]
  close(): void
}

/** A PUBACK as the tester frames it: a WebSocket frame with the masking key 0. engine/wire.ts. */
const puback = Buffer.from([0x82, 0x84, 0, 0, 0, 0, 0x40, 2])
const sequenceKey = /"sequence":"?0*(\d+)/g

/** Deliveries are told by `"sequence"` in their payload; they must be of QoS 1. */
export async function watchingProxy(port: number): Promise<WatchingProxy> {
  const deliveries: WatchedDelivery[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const broker = connect(port, '127.0.0.1')
    const waiting: WatchedDelivery[] = []
    let told = ''
    let asked = Buffer.alloc(0)
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
    }
    broker.on('data', (bytes) => {
      const handedOnAt = Date.now()
      client.write(bytes)
      told += bytes.toString('latin1')
      let end = 0
      for (const match of told.matchAll(sequenceKey)) {
        // The number may go on in what comes next.
        if (match.index + match[0].length === told.length) break
        const delivery = { sequence: Number(match[1]), handedOnAt, acknowledgedAt: Number.NaN }
        deliveries.push(delivery)
        waiting.push(delivery)
        end = match.index + match[0].length
      }
      told = told.slice(Math.max(end, told.length - 64))
    })
    client.on('data', (bytes) => {
      broker.write(bytes)
      asked = Buffer.concat([asked, bytes])
      for (;;) {
        const at = asked.indexOf(puback)
        if (at < 0 || asked.length < at + 10) break
        const delivery = waiting.shift()
        if (delivery) delivery.acknowledgedAt = Date.now()
        asked = asked.subarray(at + 10)
      }
      if (asked.indexOf(puback) < 0) asked = Buffer.from(asked.subarray(-9))
    })
    client.on('close', () => broker.destroy())
    broker.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/mqtt`,
    deliveries,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
