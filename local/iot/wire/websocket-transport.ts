/**
 * A WebSocket as the broker sees it, once its handshake is done: frames are read here, and prebuilt ones are written
 * straight to the socket. An idle connection costs little more than its socket.
 *
 * @module
 */
import type { Socket } from 'node:net'
import { bounds } from '../limits.ts'
import { closeFrame, pongFrame } from './control-frames.ts'
import { closeCodes, type FrameEvents, FrameReader, WebSocketError } from './frame-reader.ts'
import { SocketTransport } from './socket-transport.ts'
import type { TransportEvents } from './transport.ts'

export class WebSocketTransport extends SocketTransport implements FrameEvents {
  readonly kind = 'websocket'
  readonly #reader = new FrameReader(bounds.webSocketMessageBytes)
  #events: TransportEvents | undefined
  /** Nothing that comes is looked at: the client has said goodbye, or what cannot be read. */
  #deaf = false

  /** Starts telling what comes. */
  listen(events: TransportEvents): void {
    this.#events = events
    const socket: HearingSocket = this.socket
    socket[transportOf] = this
    socket.on('data', onSocketData)
    socket.on('end', onSocketEnd)
    socket.on('close', onSocketClose)
  }

  /** Bytes from the socket. */
  read(bytes: Buffer): void {
    if (this.#deaf) return
    try {
      this.#reader.read(bytes, this)
    } catch (error) {
      if (!(error instanceof WebSocketError)) throw error
      this.#deaf = true
      if (this.closing) return
      this.#leave(closeCodes[error.code])
      this.#events?.onEnd(false)
    }
  }

  /** The other side will send nothing more. Half a connection is none: nothing can come of it. */
  halfClosed(): void {
    if (this.closing) this.socket.end()
    else {
      this.#leave()
      this.#events?.onEnd(false)
    }
  }

  /** The socket has gone. */
  gone(): void {
    this.#events?.onEnd(false)
  }

  onData(bytes: Buffer): void {
    if (!this.closing) this.#events?.onBytes(bytes)
  }

  onPing(payload: Buffer): void {
    if (this.closing) return
    this.send(pongFrame(payload))
    // Who asks without reading the answers is cut off.
    if (this.bufferedBytes() > bounds.outboxHardBytes) this.destroy()
  }

  /** The client's own goodbye, or its answer to ours. */
  onClose(code: number | undefined): void {
    this.#deaf = true
    if (!this.closing) this.#leave(code ?? closeCodes.normal)
    else this.socket.end()
    this.#events?.onEnd(true)
  }

  protected override sayGoodbye(): void {
    if (this.socket.writable) this.socket.write(closeFrame(closeCodes.normal))
  }

  /** A server closes the TCP connection first. RFC 6455 section 7.1.1. */
  #leave(code?: number): void {
    this.letGo()
    this.closing = true
    if (code !== undefined && this.socket.writable) this.socket.write(closeFrame(code))
    this.socket.end()
    this.destroyLater()
  }
}

/** A socket that knows its transport, so that all sockets share their listeners: an idle one is to cost little. */
type HearingSocket = Socket & { [transportOf]?: WebSocketTransport }
const transportOf = Symbol('transport')

function onSocketData(this: HearingSocket, bytes: Buffer): void {
  this[transportOf]?.read(bytes)
}

function onSocketEnd(this: HearingSocket): void {
  this[transportOf]?.halfClosed()
}

function onSocketClose(this: HearingSocket): void {
  this[transportOf]?.gone()
}
