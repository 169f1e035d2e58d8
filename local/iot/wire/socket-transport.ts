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
  /** What is due: mostly nothing or one frame, so that one has no list. */
  #first: Frame | undefined
  #more: Frame[] | undefined
  /** The packet ID of each frame that is due, 0 for none; undefined while none has one. */
  #packetIds: number[] | undefined
  /** Whether the socket held bytes back when it was last written to: until then it need not be asked. */
  #heldBack = false
  #gatheredBytes = 0
  /** Absent when nothing holds it. */
  #cancelHold: (() => void) | undefined

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

  get localAddress(): string {
    return this.socket.localAddress ?? ''
  }

  get localPort(): number {
    return this.socket.localPort ?? 0
  }

  bufferedBytes(): number {
    if (this.#heldBack && this.socket.writableLength === 0) this.#heldBack = false
    return this.#gatheredBytes + (this.#heldBack ? this.socket.writableLength : 0)
  }

  holdFor(ms: number): void {
    if (this.closing) return
    if (this.#cancelHold) this.#cancelHold()
    else {
      // What was due before is not late.
      this.flush()
      this.socket.pause()
    }
    this.#cancelHold = this.#clock.after(ms, () => {
      this.letGo()
    })
  }

  send(frame: Frame, packetId = 0): void {
    if (this.closing) return
    this.#gatheredBytes += frame.bytes.length
    if (this.#first === undefined) {
      this.#first = frame
      this.#writer.due(this)
    } else (this.#more ??= []).push(frame)
    if (packetId === 0 && this.#packetIds === undefined) return
    const before = this.#more?.length ?? 0
    this.#packetIds ??= []
    while (this.#packetIds.length < before) this.#packetIds.push(0)
    this.#packetIds.push(packetId)
  }

  flush(): void {
    const [first, more, packetIds] = [this.#first, this.#more, this.#packetIds]
    if (first === undefined || this.#cancelHold) return
    this.#forget()
    // 'close' tells of a socket that has gone.
    if (!this.socket.writable) return
    this.socket.write(this.#writer.join(first, more, packetIds, this.kind))
    this.#heldBack = this.socket.writableLength > 0
  }

  close(): void {
    if (this.closing) return
    this.letGo()
    this.closing = true
    this.sayGoodbye()
    this.destroyLater()
  }

  destroy(): void {
    this.closing = true
    this.#cancelHold?.()
    this.#cancelHold = undefined
    this.#forget()
    this.socket.destroy()
  }

  /** Whatever holds it does no longer. */
  protected letGo(): void {
    if (this.#cancelHold) {
      this.#cancelHold()
      this.#cancelHold = undefined
      this.socket.resume()
    }
    this.flush()
  }

  #forget(): void {
    this.#first = undefined
    this.#more = undefined
    this.#packetIds = undefined
    this.#gatheredBytes = 0
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
