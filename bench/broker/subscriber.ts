/**
 * One connection of the load generator. After its greetings it counts bytes: all messages are of one size and each
 * subscriber gets them in order, so a count says which message came, and when it was due says how late.
 */
import { connect, type Socket } from 'node:net'
import { type Dialect, greetings, upgradeRequest } from './wire.ts'

export interface SubscriberOptions {
  readonly port: number
  readonly path: string
  readonly dialect: Dialect
  readonly clientId: string
  readonly qos: 0 | 1
  /** Whether it subscribes; a publisher does not, and what comes to it is not looked at. */
  readonly subscribes: boolean
  readonly message: { readonly bytes: number; readonly packetIdAt: number }
  onReady(): void
  /** So many messages more have come on this one. */
  onMessages(subscriber: Subscriber, count: number): void
  onEnd(why: string): void
}

/** All sockets read into this: what came is looked at before the next one reads. */
const shared = Buffer.allocUnsafe(256 * 1024)
/** PUBACKs of one read. */
const acknowledgements = Buffer.alloc(64 * 1024)
const pubackBytes = 10

export class Subscriber {
  readonly socket: Socket
  /** Messages that came since the count was last set to 0. */
  received = 0
  readonly #options: SubscriberOptions
  readonly #greetings: Buffer[]
  #state: 'http' | 'greeting' | 'ready' = 'http'
  #early = Buffer.alloc(0)
  /** Payload left of the current frame, and its header as far as it has come. */
  #left = 0
  #header = Buffer.alloc(0)
  /** Bytes of the current message that have come. */
  #at = 0
  #packetId = 0
  #acknowledged = 0

  constructor(options: SubscriberOptions) {
    this.#options = options
    const all = greetings(options.dialect, options.clientId, options.qos)
    this.#greetings = options.subscribes ? all : all.slice(0, 1)
    this.socket = connect({
      port: options.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (bytes: number) => {
          this.#read(shared.subarray(0, bytes))
          return true
        },
      },
    })
    this.socket.on('connect', () => {
      this.socket.write(upgradeRequest(options.port, options.path, options.dialect))
    })
    this.socket.on('error', (error) => options.onEnd(error.message))
    this.socket.on('close', () => options.onEnd('closed by the server'))
  }

  #read(bytes: Buffer): void {
    if (this.#state === 'ready') {
      if (this.#options.subscribes) this.#count(bytes)
      return
    }
    this.#early = Buffer.concat([this.#early, bytes])
    if (this.#state === 'http') {
      const end = this.#early.indexOf('\r\n\r\n')
      if (end < 0) return
      if (this.#early.subarray(9, 12).toString() !== '101') {
        this.#options.onEnd(`the upgrade was refused: ${this.#early.subarray(0, 60).toString()}`)
        this.socket.destroy()
        return
      }
      this.#early = this.#early.subarray(end + 4)
      this.#state = 'greeting'
      // Socket.IO's server speaks first, MQTT's does not.
      if (this.#options.dialect !== 'socket.io') this.#greet()
    }
    // Each answer is one small frame.
    while (this.#state === 'greeting' && this.#early.length >= 2) {
      const frameBytes = 2 + ((this.#early[1] ?? 0) & 0x7f)
      if (this.#early.length < frameBytes) return
      this.#early = this.#early.subarray(frameBytes)
      this.#greet()
    }
  }

  #greet(): void {
    const next = this.#greetings.shift()
    if (next) {
      this.socket.write(next)
      return
    }
    this.#state = 'ready'
    this.#options.onReady()
    const rest = this.#early
    this.#early = Buffer.alloc(0)
    if (rest.length > 0 && this.#options.subscribes) this.#count(rest)
  }

  #count(chunk: Buffer): void {
    const { message, qos } = this.#options
    let at = 0
    let count = 0
    let bytes = chunk
    if (this.#header.length > 0) {
      bytes = Buffer.concat([this.#header, chunk])
      this.#header = Buffer.alloc(0)
    }
    while (at < bytes.length) {
      if (this.#left === 0) {
        const length = (bytes[at + 1] ?? 0) & 0x7f
        const headerBytes = length < 126 ? 2 : length === 126 ? 4 : 10
        if (bytes.length - at < headerBytes) {
          this.#header = Buffer.from(bytes.subarray(at))
          break
        }
        this.#left =
          length < 126 ? length : length === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6)
        at += headerBytes
      }
      const taken = Math.min(this.#left, bytes.length - at)
      this.#left -= taken
      if (qos === 1) count += this.#acknowledge(bytes, at, taken)
      else {
        this.#at += taken
        const whole = Math.floor(this.#at / message.bytes)
        this.#at -= whole * message.bytes
        count += whole
      }
      at += taken
    }
    this.#sendAcknowledgements()
    if (count > 0) this.#options.onMessages(this, count)
  }

  /** Walks over messages and parts of them, taking their packet IDs; answers how many ended. */
  #acknowledge(bytes: Buffer, from: number, length: number): number {
    const { message } = this.#options
    let count = 0
    let at = from
    const end = from + length
    while (at < end) {
      const start = at - this.#at
      const idAt = start + message.packetIdAt
      if (idAt >= at && idAt < end) this.#packetId = (bytes[idAt] ?? 0) << 8
      if (idAt + 1 >= at && idAt + 1 < end) this.#packetId |= bytes[idAt + 1] ?? 0
      const taken = Math.min(message.bytes - this.#at, end - at)
      at += taken
      this.#at += taken
      if (this.#at < message.bytes) break
      this.#at = 0
      count += 1
      this.#putAcknowledgement()
    }
    return count
  }

  #putAcknowledgement(): void {
    if (this.#acknowledged + pubackBytes > acknowledgements.length) this.#sendAcknowledgements()
    const at = this.#acknowledged
    // A masked frame, its masking key 0, with a PUBACK in it.
    acknowledgements[at] = 0x82
    acknowledgements[at + 1] = 0x84
    acknowledgements[at + 6] = 0x40
    acknowledgements[at + 7] = 2
    acknowledgements[at + 8] = this.#packetId >> 8
    acknowledgements[at + 9] = this.#packetId & 0xff
    this.#acknowledged = at + pubackBytes
  }

  #sendAcknowledgements(): void {
    if (this.#acknowledged === 0) return
    this.socket.write(Buffer.from(acknowledgements.subarray(0, this.#acknowledged)))
    this.#acknowledged = 0
  }
}
