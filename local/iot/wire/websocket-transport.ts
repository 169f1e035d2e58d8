/**
 * A WebSocket as the broker sees it: `ws` reads it, and prebuilt frames are written straight to its socket.
 *
 * @module
 */
import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../../clock.ts'
import { bounds } from '../limits.ts'
import type { Frame } from './frame.ts'
import type { ListeningTransport, TransportEvents } from './transport.ts'
import type { GatheringSink, TurnWriter } from './turn-writer.ts'

/** WebSocket close codes, RFC 6455 section 7.4.1. */
const closeCodes = { normal: 1000, unsupportedData: 1003, abnormal: 1006 } as const

export class WebSocketTransport implements ListeningTransport, GatheringSink {
  readonly kind = 'websocket'
  readonly remoteAddress: string
  readonly remotePort: number
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  readonly #writer: TurnWriter
  readonly #clock: Clock
  #gathered: Buffer[] = []
  #gatheredBytes = 0
  #closing = false

  constructor(webSocket: WebSocket, socket: Socket, writer: TurnWriter, clock: Clock) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.#writer = writer
    this.#clock = clock
    this.remoteAddress = socket.remoteAddress ?? ''
    this.remotePort = socket.remotePort ?? 0
  }

  /** Starts telling what comes. */
  listen(events: TransportEvents): void {
    let failed = false
    this.#webSocket.on('message', (data: RawData, isBinary: boolean) => {
      // MQTT travels in binary frames only. MQTT 5.0 section 6 [MQTT-6.0.0-1]
      if (isBinary) events.onBytes(data as Buffer)
      else this.#webSocket.close(closeCodes.unsupportedData, 'MQTT is binary')
    })
    this.#webSocket.on('error', () => {
      // A bad or oversize frame; `ws` closes the socket itself and 'close' follows.
      failed = true
    })
    this.#webSocket.on('close', (code) => {
      events.onEnd(!failed && code !== closeCodes.abnormal)
    })
  }

  bufferedBytes(): number {
    return this.#gatheredBytes + this.#socket.writableLength
  }

  send(frame: Frame): void {
    if (this.#closing) return
    this.#gatheredBytes += frame.bytes.length
    if (this.#gathered.push(frame.bytes) === 1) this.#writer.due(this)
  }

  flush(): void {
    if (this.#gathered.length === 0) return
    const frames = this.#gathered
    this.#gathered = []
    this.#gatheredBytes = 0
    // 'close' tells of a socket that has gone.
    if (this.#socket.writable) this.#socket.write(this.#writer.join(frames))
  }

  close(): void {
    if (this.#closing) return
    this.flush()
    this.#closing = true
    this.#webSocket.close(closeCodes.normal)
    const cancel = this.#clock.after(bounds.closeMs, () => {
      this.destroy()
    })
    this.#webSocket.once('close', cancel)
  }

  destroy(): void {
    this.#closing = true
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#webSocket.terminate()
  }
}
