/**
 * A client of a conformance case: it says packets, and expects answers within a bound of time.
 *
 * @module
 */
import assert from 'node:assert/strict'
import type {
  IConnackPacket,
  IConnectPacket,
  IDisconnectPacket,
  IPublishPacket,
  ISubscription,
  Packet,
} from 'mqtt-packet'
import type { WireClient } from '../testing/wire-client.ts'
import type { Version } from './target.ts'

export class Speaker {
  readonly version: Version
  readonly closed: Promise<unknown>
  /** Absent until CONNACK. */
  connack: IConnackPacket | undefined
  readonly #wire: WireClient
  readonly #answerMs: number
  readonly #messages: IPublishPacket[] = []
  #packetId = 0

  /** `answerMs`: time that an answer has. */
  constructor(wire: WireClient, version: Version, answerMs: number) {
    this.#wire = wire
    this.#answerMs = answerMs
    this.version = version
    this.closed = wire.closed
  }

  send(packet: Packet): void {
    this.#wire.send(packet)
  }

  sendBytes(bytes: readonly number[] | Uint8Array): void {
    this.#wire.sendBytes(Uint8Array.from(bytes))
  }

  /** The next packet, whatever it is. */
  next(): Promise<Packet> {
    return this.#soon(this.#wire.next(), 'no packet came')
  }

  /** The next packet, which is to be of this type. */
  async expect<Command extends Packet['cmd']>(cmd: Command): Promise<Extract<Packet, { cmd: Command }>> {
    const packet = await this.next()
    assert.equal(packet.cmd, cmd, `expected ${cmd.toUpperCase()}, got ${JSON.stringify(packet)}`)
    return packet as Extract<Packet, { cmd: Command }>
  }

  /** Subscribes; answers with the SUBACK's codes. */
  async subscribe(...filters: readonly (string | ISubscription)[]): Promise<number[]> {
    this.sendSubscribe(...filters)
    const { granted } = await this.expect('suback')
    return granted as number[]
  }

  sendSubscribe(...filters: readonly (string | ISubscription)[]): void {
    this.send({
      cmd: 'subscribe',
      messageId: this.#nextPacketId(),
      subscriptions: filters.map((filter) =>
        typeof filter === 'string' ? { topic: filter, qos: 0 } : filter,
      ),
    })
  }

  /** Subscribes to one filter at QoS 1. */
  subscribeAtLeastOnce(filter: string): Promise<number[]> {
    return this.subscribe({ topic: filter, qos: 1 })
  }

  async unsubscribe(...filters: readonly string[]): Promise<readonly number[]> {
    this.sendUnsubscribe(...filters)
    const { granted } = await this.expect('unsuback')
    return granted ?? []
  }

  sendUnsubscribe(...filters: readonly string[]): void {
    this.send({ cmd: 'unsubscribe', messageId: this.#nextPacketId(), unsubscriptions: [...filters] })
  }

  sendPublish(topic: string, payload: string | Buffer, options: Partial<IPublishPacket> = {}): void {
    this.send({
      cmd: 'publish',
      topic,
      payload: Buffer.from(payload),
      qos: 0,
      dup: false,
      retain: false,
      ...((options.qos ?? 0) > 0 ? { messageId: this.#nextPacketId() } : {}),
      ...options,
    })
  }

  /** Publishes at QoS 1 and waits for the PUBACK: what it brings is on its way then. Answers with the reason code. */
  async publish(
    topic: string,
    payload: string | Buffer = 'x',
    options: Partial<IPublishPacket> = {},
  ): Promise<number> {
    this.sendPublish(topic, payload, { qos: 1, ...options })
    const { reasonCode } = await this.expect('puback')
    return reasonCode ?? 0
  }

  /** Publishes at QoS 0; answers when the broker has taken it. */
  async publishAtMostOnce(
    topic: string,
    payload: string | Buffer = 'x',
    options: Partial<IPublishPacket> = {},
  ): Promise<void> {
    this.sendPublish(topic, payload, options)
    await this.quiet()
  }

  /** The next packet, which is to be a message; QoS 1 is acknowledged. */
  async message(): Promise<IPublishPacket> {
    const packet = await this.unacknowledged()
    if (packet.qos === 1) this.acknowledge(packet)
    return packet
  }

  /** The next packet, which is to be a message; it is not acknowledged. */
  unacknowledged(): Promise<IPublishPacket> {
    return this.expect('publish')
  }

  acknowledge({ messageId = 0 }: IPublishPacket): void {
    this.send({ cmd: 'puback', messageId })
  }

  /** The payload of the next message. */
  async payload(): Promise<string> {
    return String((await this.message()).payload)
  }

  /** Expects that nothing came before a PINGRESP. */
  async quiet(): Promise<void> {
    this.send({ cmd: 'pingreq' })
    await this.expect('pingresp')
  }

  /** Expects the connection to end; answers with the DISCONNECT that came before, if one did. Acknowledgements are passed over. */
  async ended(): Promise<IDisconnectPacket | undefined> {
    await this.#soon(this.closed, 'the connection did not end')
    const last = this.#wire.received.at(-1)
    return last?.cmd === 'disconnect' ? last : undefined
  }

  /** Expects the end with this reason code; a 3.1.1 client is told none. */
  async endedWith(reasonCode: number): Promise<void> {
    const disconnect = await this.ended()
    if (this.version === 5) assert.equal(disconnect?.reasonCode, reasonCode)
    else assert.equal(disconnect, undefined)
  }

  /** Whether the last thing that came is one of these: for what must not be answered. */
  heard(cmd: Packet['cmd']): boolean {
    return this.#wire.received.some((packet) => packet.cmd === cmd)
  }

  /** Waits for a PINGRESP; the messages that came before are acknowledged, and kept for `takeMessages`. */
  async settle(): Promise<void> {
    this.send({ cmd: 'pingreq' })
    for (;;) {
      const packet = await this.next()
      if (packet.cmd === 'pingresp') return
      if (packet.cmd !== 'publish') continue
      this.#messages.push(packet)
      if (packet.qos === 1) this.acknowledge(packet)
    }
  }

  /** What `settle` has heard since this was called last. */
  takeMessages(): IPublishPacket[] {
    return this.#messages.splice(0)
  }

  /** Every packet that has come. */
  get received(): readonly Packet[] {
    return this.#wire.received
  }

  /** Says DISCONNECT, and waits until the broker has closed. */
  async disconnect(packet: Partial<IDisconnectPacket> = {}): Promise<void> {
    this.send({ cmd: 'disconnect', ...(this.version === 5 ? { reasonCode: 0 } : {}), ...packet })
    await this.ended()
  }

  /** Closes as a tab does: a Close frame, or a FIN on TCP. */
  async close(): Promise<void> {
    await this.#soon(this.#wire.close(), 'the connection did not close')
  }

  /** Loses the connection. */
  drop(): void {
    this.#wire.drop()
  }

  #nextPacketId(): number {
    this.#packetId += 1
    return this.#packetId
  }

  async #soon<Value>(promise: Promise<Value>, complaint: string): Promise<Value> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${complaint} within ${this.#answerMs} ms`))
      }, this.#answerMs)
    })
    try {
      return await Promise.race([promise, late])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Sends a CONNECT; answers with the CONNACK's code. */
export async function connectSpeaker(speaker: Speaker, packet: IConnectPacket): Promise<number> {
  speaker.send(packet)
  const connack = await speaker.expect('connack')
  speaker.connack = connack
  return connack.reasonCode ?? connack.returnCode ?? 0
}
