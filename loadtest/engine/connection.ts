/**
 * One connection of the load test: it opens a WebSocket, says CONNECT, and hands on what comes. It holds no more than its socket
 * and the part of a packet that has not come yet, and it reads into memory that all connections share.
 *
 * @module
 */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { PacketReader, type PacketEvents, type Published } from './packet-reader.ts'
import {
  connectFrame,
  controlFrame,
  disconnectFrame,
  pubackBytes,
  upgradeRequest,
  writePuback,
} from './wire.ts'

export interface Endpoint {
  readonly secure: boolean
  readonly host: string
  /** Where `host` is dialled. */
  readonly address: string
  readonly port: number
  /** With its query. */
  readonly path: string
  readonly clientId: string
  /** Source address; the system's choice when absent. */
  readonly from?: string | undefined
  /** Bytes a second that are read at most; as fast as they come when absent. */
  readonly readBytesPerSecond?: number | undefined
}

/** Who has a connection. Each attempt ends in `onOpen` or `onRefused`, each open connection in `onEnd` unless its owner ends it. */
export interface ConnectionOwner {
  onOpen(): void
  onRefused(reason: string): void
  /** The message is the reader's again after the call. */
  onMessage(message: Published): void
  /** SUBACK and PUBACK. */
  onAnswer(type: number, bytes: Buffer, from: number, to: number): void
  onEnd(reason: string): void
}

const packetTypes = { connack: 2, suback: 9, puback: 4, disconnect: 14 } as const

/** All sockets of a thread read into this: what came is looked at before the next one reads. */
const shared = Buffer.allocUnsafe(256 * 1024)
/** PUBACKs of one read. */
const acknowledgements = Buffer.alloc(64 * 1024)
let acknowledged = 0

/** A target that takes a connection and says nothing is given so long, ms. */
const answerWithinMs = 8_000

/** A target that asks for answers (PING, QoS 1) and does not read them gets no more than this, bytes. */
const waitingBytesMost = 8 * 1024 * 1024

type Status = 'upgrading' | 'connecting' | 'open' | 'ended'

export class Connection implements PacketEvents {
  readonly #owner: ConnectionOwner
  readonly #endpoint: Endpoint
  readonly #socket: Socket
  readonly #reader = new PacketReader()
  #status: Status = 'upgrading'
  #head = ''
  /** Why it ends, when the broker said so before the socket closed. */
  #goodbye: string | undefined
  #late: NodeJS.Timeout | undefined

  constructor(endpoint: Endpoint, owner: ConnectionOwner) {
    this.#endpoint = endpoint
    this.#owner = owner
    const { address, port, host, secure, from, readBytesPerSecond } = endpoint
    const slow = readBytesPerSecond !== undefined
    const buffer = slow ? Buffer.allocUnsafe(Math.max(64, Math.min(4096, readBytesPerSecond))) : shared
    const options = {
      port,
      host: address,
      noDelay: true,
      onread: {
        buffer,
        callback: (bytes: number): boolean => {
          this.#read(buffer, bytes)
          if (slow) this.#rest((bytes / readBytesPerSecond) * 1000)
          return !slow
        },
      },
      ...(from === undefined ? {} : { localAddress: from }),
    }
    this.#socket = secure ? connectTls({ ...options, servername: host }) : connectTcp(options)
    this.#late = setTimeout(() => this.#over('no answer'), answerWithinMs)
    this.#socket.once(secure ? 'secureConnect' : 'connect', () => {
      this.#socket.write(upgradeRequest(`${host}:${port}`, endpoint.path))
    })
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#over(error.code ?? error.message))
    this.#socket.on('close', () => this.#over('closed'))
  }

  get open(): boolean {
    return this.#status === 'open'
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Bytes that wait to be sent. */
  get waitingBytes(): number {
    return this.#socket.writableLength
  }

  /** Ends it; its owner hears no more. With a goodbye, or cut off without a word. */
  end(how: 'goodbye' | 'cut'): void {
    const wasOpen = this.#status === 'open'
    this.#status = 'ended'
    this.#inTime()
    if (how === 'goodbye' && wasOpen) {
      this.#socket.end(disconnectFrame)
      this.#socket.resume()
      setTimeout(() => this.#socket.destroy(), 1000).unref()
    } else if (wasOpen && !this.#endpoint.secure) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  onPublish(message: Published): void {
    if (this.#status !== 'open') return
    if (message.packetId > 0) this.#acknowledge(message.packetId)
    this.#owner.onMessage(message)
  }

  onPacket(type: number, bytes: Buffer, from: number, to: number): void {
    // What stands behind the end in the same read is nobody's any more.
    if (this.#status === 'ended') return
    if (type === packetTypes.connack) {
      if (this.#status === 'open') return this.#over('a second CONNACK')
      if (to - from < 2) return this.#over('a CONNACK of less than two bytes')
      const code = bytes[from + 1] ?? 0
      if (code !== 0) return this.#over(`CONNACK ${hex(code)}`)
      this.#status = 'open'
      this.#inTime()
      this.#owner.onOpen()
    } else if (type === packetTypes.disconnect)
      this.#goodbye = `DISCONNECT ${hex(to > from ? (bytes[from] ?? 0) : 0)}`
    else if (this.#status === 'open' && (type === packetTypes.suback || type === packetTypes.puback))
      this.#owner.onAnswer(type, bytes, from, to)
  }

  onPing(payload: Buffer): void {
    if (this.#status === 'ended') return
    if (this.waitingBytes > waitingBytesMost) return this.#over('it asks and does not read')
    this.#socket.write(controlFrame(10, payload))
  }

  onClose(code: number): void {
    this.#over(`close ${code}`)
  }

  #read(buffer: Buffer, length: number): void {
    if (this.#status === 'ended') return
    try {
      if (this.#status === 'upgrading') this.#readHead(buffer, length)
      else this.#reader.read(buffer, 0, length, this)
    } catch (error) {
      this.#over((error as Error).message)
    }
    this.#sendAcknowledgements()
  }

  /** The answer to the upgrade. RFC 6455 section 4.2.2. */
  #readHead(buffer: Buffer, length: number): void {
    const before = this.#head.length
    this.#head += buffer.toString('latin1', 0, length)
    const end = this.#head.indexOf('\r\n\r\n')
    if (end < 0) {
      if (this.#head.length > 16_384) this.#over('no WebSocket')
      return
    }
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(this.#head)?.[1]
    this.#head = ''
    if (status !== '101') return this.#over(status === undefined ? 'no HTTP' : `HTTP ${status}`)
    this.#status = 'connecting'
    this.#socket.write(connectFrame(this.#endpoint.clientId))
    this.#reader.read(buffer, end + 4 - before, length, this)
  }

  /** Reads nothing for so long: the system's buffers fill, and then the broker's. */
  #rest(ms: number): void {
    setTimeout(() => {
      if (this.#status !== 'ended') this.#socket.resume()
    }, ms)
  }

  #inTime(): void {
    clearTimeout(this.#late)
    this.#late = undefined
  }

  #over(reason: string): void {
    if (this.#status === 'ended') return
    const wasOpen = this.#status === 'open'
    this.#status = 'ended'
    this.#inTime()
    this.#socket.destroy()
    if (wasOpen) this.#owner.onEnd(this.#goodbye ?? reason)
    else this.#owner.onRefused(this.#goodbye ?? reason)
  }

  #acknowledge(packetId: number): void {
    if (acknowledged + pubackBytes > acknowledgements.length) this.#sendAcknowledgements()
    writePuback(acknowledgements, acknowledged, packetId)
    acknowledged += pubackBytes
  }

  #sendAcknowledgements(): void {
    if (acknowledged === 0) return
    if (this.#status === 'open' && this.waitingBytes > waitingBytesMost)
      this.#over('it asks and does not read')
    if (this.#status === 'open') this.#socket.write(Buffer.from(acknowledgements.subarray(0, acknowledged)))
    acknowledged = 0
  }
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`
}
