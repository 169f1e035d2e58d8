/**
 * Plain TCP as the broker sees it: MQTT without WebSocket, for tools on this machine. A connection that ends without a
 * DISCONNECT is lost, and its Will is sent. docs/aws-iot-core.md §1, §2.6.
 *
 * @module
 */
import type { Socket } from 'node:net'
import type { Clock } from '../../clock.ts'
import { bounds } from '../limits.ts'
import type { Frame } from './frame.ts'
import type { ListeningTransport, TransportEvents } from './transport.ts'
import type { GatheringSink, TurnWriter } from './turn-writer.ts'

export class TcpTransport implements ListeningTransport, GatheringSink {
  readonly kind = 'tcp'
  readonly remoteAddress: string
  readonly remotePort: number
  readonly #socket: Socket
  readonly #writer: TurnWriter
  readonly #clock: Clock
  #gathered: Buffer[] = []
  #gatheredBytes = 0
  #closing = false

  constructor(socket: Socket, writer: TurnWriter, clock: Clock) {
    this.#socket = socket
    this.#writer = writer
    this.#clock = clock
    this.remoteAddress = socket.remoteAddress ?? ''
    this.remotePort = socket.remotePort ?? 0
  }

  /** Starts telling what comes. */
  listen(events: TransportEvents): void {
    this.#socket.on('data', (bytes: Buffer) => {
      events.onBytes(bytes)
    })
    this.#socket.on('error', () => {
      // A reset or the like; 'close' follows.
    })
    this.#socket.on('close', () => {
      events.onEnd(false)
    })
  }

  bufferedBytes(): number {
    return this.#gatheredBytes + this.#socket.writableLength
  }

  /** Sends the packet without the WebSocket header before it. */
  send(frame: Frame): void {
    if (this.#closing) return
    const packet = frame.bytes.subarray(frame.packetAt)
    this.#gatheredBytes += packet.length
    if (this.#gathered.push(packet) === 1) this.#writer.due(this)
  }

  flush(): void {
    if (this.#gathered.length === 0) return
    const packets = this.#gathered
    this.#gathered = []
    this.#gatheredBytes = 0
    // 'close' tells of a socket that has gone.
    if (this.#socket.writable) this.#socket.write(this.#writer.join(packets))
  }

  close(): void {
    if (this.#closing) return
    this.flush()
    this.#closing = true
    this.#socket.end()
    const cancel = this.#clock.after(bounds.closeMs, () => {
      this.destroy()
    })
    this.#socket.once('close', cancel)
  }

  destroy(): void {
    this.#closing = true
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#socket.destroy()
  }
}
