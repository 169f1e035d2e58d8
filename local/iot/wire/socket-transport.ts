/**
 * What every transport over a socket does: gathers what is due in a turn, and closes politely or not.
 *
 * @module
 */
import type { Socket } from 'node:net'
import type { Clock } from '../../clock.ts'
import { bounds } from '../limits.ts'
import type { Frame } from './frame.ts'
import type { ListeningTransport, TransportEvents } from './transport.ts'
import type { GatheringSink, TurnWriter } from './turn-writer.ts'

export abstract class SocketTransport implements ListeningTransport, GatheringSink {
  abstract readonly kind: 'websocket' | 'tcp'
  protected readonly socket: Socket
  /** Whether the connection is over for the broker: nothing is sent or heard any more. */
  protected closing = false
  readonly #writer: TurnWriter
  readonly #clock: Clock
  /** Undefined while nothing is due: most sockets are idle. */
  #gathered: Frame[] | undefined
  /** The packet ID of each gathered frame, 0 for none; undefined while none has one. */
  #packetIds: number[] | undefined
  #gatheredBytes = 0

  constructor(socket: Socket, writer: TurnWriter, clock: Clock) {
    this.socket = socket
    this.#writer = writer
    this.#clock = clock
  }

  abstract listen(events: TransportEvents): void

  /** Says goodbye as the protocol has it. Nothing by default. */
  protected sayGoodbye(): void {}

  get remoteAddress(): string {
    return this.socket.remoteAddress ?? ''
  }

  get remotePort(): number {
    return this.socket.remotePort ?? 0
  }

  bufferedBytes(): number {
    return this.#gatheredBytes + this.socket.writableLength
  }

  send(frame: Frame, packetId = 0): void {
    if (this.closing) return
    this.#gatheredBytes += frame.bytes.length
    if (this.#gathered === undefined) {
      this.#gathered = [frame]
      this.#writer.due(this)
    } else this.#gathered.push(frame)
    if (packetId === 0 && this.#packetIds === undefined) return
    this.#packetIds ??= []
    while (this.#packetIds.length < this.#gathered.length - 1) this.#packetIds.push(0)
    this.#packetIds.push(packetId)
  }

  flush(): void {
    const frames = this.#gathered
    if (frames === undefined) return
    const packetIds = this.#packetIds
    this.#gathered = undefined
    this.#packetIds = undefined
    this.#gatheredBytes = 0
    // 'close' tells of a socket that has gone.
    if (this.socket.writable) this.socket.write(this.#writer.join(frames, packetIds, this.kind))
  }

  close(): void {
    if (this.closing) return
    this.flush()
    this.closing = true
    this.sayGoodbye()
    this.destroyLater()
  }

  destroy(): void {
    this.closing = true
    this.#gathered = undefined
    this.#packetIds = undefined
    this.#gatheredBytes = 0
    this.socket.destroy()
  }

  /** By force, when the other side takes too long to close. */
  protected destroyLater(): void {
    if (this.socket.destroyed) return
    const cancel = this.#clock.after(bounds.closeMs, () => {
      this.destroy()
    })
    this.socket.once('close', cancel)
  }
}
