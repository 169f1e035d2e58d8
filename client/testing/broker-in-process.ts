/**
 * The local broker on a turned clock, without sockets: its own code from the first byte of a connection on, reached by a
 * WebSocket that is a queue. So thousands of runs take seconds, and each is the same again on its seed.
 *
 * @module
 */
import type { Chance } from '../../local/chance.ts'
import type { Faults } from '../../local/faults.ts'
import { acceptConnection } from '../../local/iot/accept-connection.ts'
import type { AuthorizerOptions } from '../../local/iot/auth/authorizer.ts'
import { readUpgrade } from '../../local/iot/auth/credentials.ts'
import type { Broker } from '../../local/iot/broker.ts'
import { createBroker } from '../../local/iot/create-broker.ts'
import { newMessage } from '../../local/iot/message.ts'
import { publish } from '../../local/iot/publish.ts'
import { startSweeping } from '../../local/iot/sweep.ts'
import type { Frame } from '../../local/iot/wire/frame.ts'
import type { ListeningTransport, TransportEvents } from '../../local/iot/wire/transport.ts'
import type { Clock } from '../clock.ts'

export interface InProcessBroker {
  readonly WebSocket: typeof WebSocket
  /** Publishes retained, as broadcast does. False when a quota or a fault refused it. */
  publish(topic: string, message: object): boolean
  /** Cuts every connection without a word. */
  cut(): void
  /** Connections there are. */
  readonly connections: number
  close(): void
}

export interface InProcessBrokerOptions {
  readonly clock: Clock
  readonly chance: Chance
  readonly faults: Faults['iot']
  readonly authorizers: readonly AuthorizerOptions[]
}

/** A broker whose connections end where `WebSocket` begins. */
export function brokerInProcess({ clock, ...options }: InProcessBrokerOptions): InProcessBroker {
  const broker = createBroker({ ...options, clock, quotas: 'off' })
  const stopSweeping = startSweeping(broker)
  const sockets = new Set<QueueSocket>()

  class ConnectedSocket extends QueueSocket {
    constructor(url: string) {
      super(clock, broker, url)
      sockets.add(this)
    }
  }

  return {
    WebSocket: ConnectedSocket as unknown as typeof WebSocket,
    publish(topic, message) {
      const now = clock.now()
      const payload = Buffer.from(JSON.stringify(message))
      return publish(broker, newMessage({ topic, payload, retain: true }, now), now) !== 'throttled'
    },
    cut() {
      for (const socket of sockets) socket.drop()
      sockets.clear()
    },
    get connections() {
      return broker.connections.size
    },
    close() {
      stopSweeping()
      broker.retained.close()
      broker.shadows.close()
    },
  }
}

/** A WebSocket to the broker: what either side sends arrives a millisecond later, in order. */
class QueueSocket extends EventTarget {
  binaryType = 'arraybuffer'
  readonly #clock: Clock
  #events: TransportEvents | undefined
  #open = true

  constructor(clock: Clock, broker: Broker, url: string) {
    super()
    this.#clock = clock
    this.#later(() => {
      const { pathname, search } = new URL(url)
      acceptConnection(broker, this.#brokerSide(), readUpgrade(pathname + search, {}, undefined))
      this.dispatchEvent(new Event('open'))
    })
  }

  #later(run: () => void): void {
    this.#clock.after(1, () => {
      if (this.#open) run()
    })
  }

  #brokerSide(): ListeningTransport {
    return {
      kind: 'websocket',
      remoteAddress: '127.0.0.1',
      remotePort: 0,
      localAddress: '127.0.0.1',
      localPort: 0,
      // Only a quota holds a transport, and here there are none.
      holdFor() {},
      listen: (events) => {
        this.#events = events
      },
      bufferedBytes: () => 0,
      send: ({ bytes, packetAt, packetIdAt }: Frame, packetId = 0) => {
        // A copy, as from a socket: frames are shared between receivers.
        const data = new Uint8Array(bytes.subarray(packetAt)).buffer
        if (packetIdAt > 0) new DataView(data).setUint16(packetIdAt - packetAt, packetId)
        this.#later(() => this.dispatchEvent(Object.assign(new Event('message'), { data })))
      },
      close: () => this.#later(() => this.drop()),
      destroy: () => this.drop(),
    }
  }

  send(bytes: Uint8Array): void {
    const copy = Buffer.from(bytes)
    this.#later(() => this.#events?.onBytes(copy))
  }

  close(): void {
    this.#later(() => {
      this.#open = false
      this.#events?.onEnd(true)
    })
  }

  /** Ends it for both sides, now. */
  drop(): void {
    if (!this.#open) return
    this.#open = false
    this.#events?.onEnd(false)
    this.dispatchEvent(Object.assign(new Event('close'), { code: 1006, reason: '' }))
  }
}
