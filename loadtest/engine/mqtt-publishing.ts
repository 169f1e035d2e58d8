/**
 * Publishes over MQTT connections that take turns. A connection that is lost comes back; what is due meanwhile is not sent.
 *
 * @module
 */
import type { Admission } from './admission.ts'
import { Connection, type ConnectionOwner } from './connection.ts'
import type { OwnMessage, OwnMessages } from './own-messages.ts'
import type { PhaseCounts } from './phase-figures.ts'
import type { RunClock } from './run-clock.ts'
import { publishFrame } from './wire.ts'

const pubackType = 4
const returnAfterMs = 1000
/** A connection that does not take what it is given keeps no more than this, bytes. */
const waitingBytesMost = 4 * 1024 * 1024
const packetIdMost = 65_535

class PublishingConnection implements ConnectionOwner {
  readonly #options: MqttPublishingOptions & { readonly isAlone: boolean }
  readonly #inFlight = new Map<number, { readonly messages: OwnMessages; readonly message: OwnMessage }>()
  #connection: Connection | undefined
  #packetId = 0
  #over = false
  #tried: (() => void) | undefined

  constructor(options: MqttPublishingOptions & { readonly isAlone: boolean }) {
    this.#options = options
  }

  /** Resolves when it is open, or has been refused once. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#tried = resolve
      void this.#connect()
    })
  }

  /** Why it was not sent, or undefined when it was. */
  publish(messages: OwnMessages, message: OwnMessage, qos: 0 | 1): string | undefined {
    const connection = this.#connection
    if (connection?.open !== true) return 'not connected'
    if (connection.waitingBytes > waitingBytesMost) return 'the target does not read'
    const { topic } = messages.topic
    messages.sent(message)
    // What one connection says comes in order; of several, only what was acknowledged is before what follows.
    if (this.#options.isAlone) messages.taken(message)
    if (qos === 0) {
      connection.send(publishFrame(topic, message.payload))
      return undefined
    }
    this.#packetId = (this.#packetId % packetIdMost) + 1
    this.#inFlight.set(this.#packetId, { messages, message })
    connection.send(publishFrame(topic, message.payload, this.#packetId))
    return undefined
  }

  end(): void {
    this.#over = true
    this.#connection?.end('goodbye')
  }

  onOpen(): void {
    this.#options.counts.at(this.#options.clock.now()).connections.connected += 1
    this.#tried?.()
  }

  onRefused(reason: string): void {
    this.#options.counts.at(this.#options.clock.now()).connections.refused.add(reason)
    this.#return()
  }

  onMessage(): void {}

  /** PUBACK: packet ID, and a reason code unless it is 0. MQTT 5.0 section 3.4. */
  onAnswer(type: number, bytes: Buffer, from: number, to: number): void {
    if (type !== pubackType) return
    const packetId = ((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0)
    const code = to - from > 2 ? (bytes[from + 2] ?? 0) : 0
    const sent = this.#inFlight.get(packetId)
    this.#inFlight.delete(packetId)
    if (!sent) return
    if (code < 0x80) {
      if (!this.#options.isAlone) sent.messages.taken(sent.message)
      return
    }
    sent.messages.refused(sent.message)
    this.#options.onRefusal(`PUBACK 0x${code.toString(16)}`)
  }

  onEnd(reason: string): void {
    this.#options.counts.at(this.#options.clock.now()).connections.disconnects.add(reason)
    // Nobody knows whether the target took them, so nobody is owed them.
    for (const { messages, message } of this.#inFlight.values()) messages.refused(message)
    this.#inFlight.clear()
    this.#return()
  }

  async #connect(): Promise<void> {
    const { admission, counts, clock } = this.#options
    const phase = counts.at(clock.now())
    phase.connections.attempted += 1
    const admitted = await admission.admit(undefined, phase.requests)
    if (this.#over) return
    if ('refused' in admitted) this.onRefused(admitted.refused)
    else this.#connection = new Connection(admitted.endpoint, this)
  }

  #return(): void {
    this.#tried?.()
    if (!this.#over)
      setTimeout(() => {
        if (!this.#over) void this.#connect()
      }, returnAfterMs)
  }
}

export interface MqttPublishingOptions {
  readonly admission: Admission
  readonly counts: PhaseCounts
  readonly clock: RunClock
  /** Told of each publish that was refused after it was sent. */
  readonly onRefusal: (reason: string) => void
}

/** A publisher's connections. */
export class MqttPublishing {
  readonly #connections: readonly PublishingConnection[]
  #turn = 0

  constructor(connections: number, options: MqttPublishingOptions) {
    this.#connections = Array.from(
      { length: connections },
      () => new PublishingConnection({ ...options, isAlone: connections === 1 }),
    )
  }

  async start(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.start()))
  }

  publish(messages: OwnMessages, message: OwnMessage, qos: 0 | 1): string | undefined {
    this.#turn = (this.#turn + 1) % this.#connections.length
    return this.#connections[this.#turn]?.publish(messages, message, qos)
  }

  end(): void {
    for (const connection of this.#connections) connection.end()
  }
}
