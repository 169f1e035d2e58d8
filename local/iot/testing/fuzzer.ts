/**
 * Random and damaged packets into a broker, on a seed, without sockets: millions of them in a minute. What a fuzz run
 * finds is a SERVER_ERROR, an exception, or something that stays behind when all connections have gone.
 *
 * @module
 */
import { type Chance, seededChance } from '../../chance.ts'
import { acceptConnection } from '../accept-connection.ts'
import type { Broker } from '../broker.ts'
import { createBroker } from '../create-broker.ts'
import { sessionExpirySecondsMax } from '../limits.ts'
import { startSweeping } from '../sweep.ts'
import { FrameReader, WebSocketError } from '../wire/frame-reader.ts'
import type { ListeningTransport, TransportEvents } from '../wire/transport.ts'
import { clientFrame } from './client-frame.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'
import { samplePackets } from './sample-packets.ts'

export interface FuzzResult {
  readonly packets: number
  readonly connections: number
  /** Connections that came to be open clients. */
  readonly clients: number
  /** What the broker called its own error; each is a finding. */
  readonly serverErrors: readonly string[]
  /** What was left when every connection had gone and its session's time was over. */
  readonly left: { readonly connections: number; readonly sessions: number; readonly subscriptions: number }
}

export interface FuzzOptions {
  readonly seed: number
  readonly packets: number
  /** Told of the packets so far, once in a while. */
  readonly onProgress?: (packets: number) => void
}

/** Packets to one broker; the next one begins anew, so that what is retained does not pile up. */
const packetsPerBroker = 200_000
const packetsPerConnection = 25

/** Runs it. The same seed sends the same bytes. Rejects with what the broker threw. */
export async function fuzz({ seed, packets, onProgress }: FuzzOptions): Promise<FuzzResult> {
  const chance = seededChance(seed)
  const serverErrors: string[] = []
  const left = { connections: 0, sessions: 0, subscriptions: 0 }
  let connections = 0
  let clients = 0
  for (let sent = 0; sent < packets;) {
    const clock = manualClock()
    const broker = createBroker({
      anonymous: true,
      clock,
      chance,
      log: (line) => {
        if (line['reason'] === 'SERVER_ERROR') serverErrors.push(line.message)
      },
    })
    const until = Math.min(packets, sent + packetsPerBroker)
    const samples = samplePackets(chance)
    while (sent < until) {
      const client = new FuzzedClient(broker, chance, clock)
      const wanted = Math.min(packetsPerConnection, until - sent)
      sent += await client.say(samples, wanted)
      connections += 1
      if (client.wasOpen) clients += 1
      client.end()
    }
    const sweeping = startSweeping(broker)
    clock.advance((sessionExpirySecondsMax + 1) * 1000)
    sweeping()
    left.connections += broker.connections.size
    left.sessions += broker.sessions.size
    left.subscriptions += broker.subscriptions.size
    broker.retained.close()
    broker.shadows.close()
    onProgress?.(sent)
  }
  return { packets, connections, clients, serverErrors, left }
}

/** A connection whose bytes come from chance; half of them through WebSocket frames, damaged too. */
class FuzzedClient implements ListeningTransport {
  readonly kind = 'websocket'
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort = 1
  readonly localAddress = '127.0.0.1'
  readonly localPort = 2
  holdFor(): void {}
  wasOpen = false
  readonly #broker: Broker
  readonly #chance: Chance
  readonly #clock: ManualClock
  readonly #frames: FrameReader | undefined
  #events: TransportEvents | undefined
  #ended = false

  constructor(broker: Broker, chance: Chance, clock: ManualClock) {
    this.#broker = broker
    this.#chance = chance
    this.#clock = clock
    this.#frames = chance.happens(0.5) ? new FrameReader(256 * 1024) : undefined
    acceptConnection(broker, this, {
      queryString: '',
      headers: {},
      serverName: 'localhost',
      remoteAddress: '',
    })
  }

  /** Sends up to so many; answers how many it sent before it was cut off. */
  async say(samples: ReturnType<typeof samplePackets>, wanted: number): Promise<number> {
    // The samples' client IDs may connect once a second.
    this.#clock.advance(1000)
    const connects = !this.#chance.happens(0.1)
    for (let sent = 0; sent < wanted; sent += 1) {
      if (this.#ended) return sent
      const known = sent === 0 && connects ? samples.connect : samples.any
      const sample = known[this.#below(known.length)] ?? Buffer.alloc(0)
      // A CONNECT is mostly left whole, so that what follows is heard.
      this.#receive(
        this.#chance.happens(sent === 0 ? 0.2 : 0.7) ? this.#damaged(sample) : Buffer.from(sample),
      )
      // The broker lets a client in once it has thought.
      if (sent === 0) await new Promise(setImmediate)
      this.wasOpen ||= sent === 0 && this.#broker.sessions.size > 0 && !this.#ended
    }
    return wanted
  }

  /** The client goes, with or without a goodbye. */
  end(): void {
    this.#ended = true
    this.#events?.onEnd(this.#chance.happens(0.5))
  }

  listen(events: TransportEvents): void {
    this.#events = events
  }

  /** What the broker sends is not looked at. */
  send(): void {}

  bufferedBytes(): number {
    return 0
  }

  close(): void {
    this.#ended = true
  }

  destroy(): void {
    this.#ended = true
    this.#events?.onEnd(false)
  }

  #receive(bytes: Buffer): void {
    if (!this.#frames) {
      this.#events?.onBytes(bytes)
      return
    }
    const frame = clientFrame({ opcode: 2, payload: bytes })
    try {
      this.#frames.read(this.#chance.happens(0.05) ? this.#damaged(frame) : frame, {
        onData: (data) => this.#events?.onBytes(data),
        onPing: () => {},
        onClose: () => this.destroy(),
      })
    } catch (error) {
      if (!(error instanceof WebSocketError)) throw error
      this.destroy()
    }
  }

  #damaged(bytes: Buffer): Buffer {
    const { length } = bytes
    switch (this.#below(6)) {
      case 0:
        return Buffer.from(bytes.subarray(0, this.#below(length) + 1))
      case 1:
        return Buffer.from(Array.from({ length: this.#below(40) + 1 }, () => this.#below(256)))
      case 2:
        // A remaining length that lies.
        return Buffer.concat([bytes.subarray(0, 1), Buffer.from([this.#below(256)]), bytes.subarray(2)])
      case 3: {
        const cut = this.#below(length)
        return Buffer.concat([bytes.subarray(0, cut), bytes.subarray(this.#below(length))])
      }
      default: {
        const copy = Buffer.from(bytes)
        for (let changes = this.#below(4) + 1; changes > 0; changes -= 1)
          copy[this.#below(length)] = this.#below(256)
        return copy
      }
    }
  }

  #below(end: number): number {
    return Math.floor(this.#chance.next() * end)
  }
}
