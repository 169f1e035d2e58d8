/**
 * Where a case plays: it connects clients to the target, names topics, moves time, and all is put away afterwards.
 *
 * @module
 */
import type { IConnectPacket, Packet } from 'mqtt-packet'
import { connectSpeaker, Speaker } from './speaker.ts'
import type { Target, Version } from './target.ts'

export type ConnectOptions = Partial<IConnectPacket>

export class Stage {
  /** The case's version. */
  readonly version: Version
  readonly #target: Target
  readonly #scene: string
  readonly #speakers: Speaker[] = []
  /** When each client last sent CONNECT, ms since 1970. */
  readonly #connectedAt = new Map<string, number>()

  /** `scene` tells this run of the case from others on the same target. */
  constructor(target: Target, version: Version, scene: string) {
    this.version = version
    this.#target = target
    this.#scene = scene
  }

  /** A topic or filter that only this case uses. */
  topic(name: string): string {
    return `${this.#target.prefix}${this.#scene}/${name}`
  }

  /** A filter of a group that only this case uses. */
  shared(group: string, name: string): string {
    return `$share/${this.#target.prefix}${this.#scene}${group}/${this.topic(name)}`
  }

  clientId(name: string): string {
    return `${name}-${this.#target.prefix}${this.#scene}`
  }

  /** A topic that the target's policy speaks of. */
  topicOf(area: 'denied' | 'muted' | 'unkept', name: string): string {
    return `${this.#target.prefix}/${area}/${name}`
  }

  /** Opens a transport; no CONNECT is sent. */
  async open(version: Version = this.version): Promise<Speaker> {
    const speaker = new Speaker(await this.#target.open(version), version, this.#target.answerMs)
    this.#speakers.push(speaker)
    return speaker
  }

  /** Connects, and expects to be let in. `name` becomes the client ID. */
  async connect(
    name: string,
    options: ConnectOptions = {},
    version: Version = this.version,
  ): Promise<Speaker> {
    const { speaker, code } = await this.tryConnect(name, options, version)
    if (code !== 0) throw new Error(`CONNECT of ${name} was refused with ${code}`)
    return speaker
  }

  /** Connects, and answers with the CONNACK's code, whatever it is. */
  async tryConnect(
    name: string,
    options: ConnectOptions = {},
    version: Version = this.version,
  ): Promise<{ speaker: Speaker; code: number }> {
    const { connectEveryMs } = this.#target
    const dueAt = (this.#connectedAt.get(name) ?? Number.NEGATIVE_INFINITY) + connectEveryMs
    if (dueAt > this.#target.now()) await this.#target.pass(dueAt - this.#target.now())
    this.#connectedAt.set(name, this.#target.now())
    const speaker = await this.open(version)
    const code = await connectSpeaker(speaker, this.connectPacket(name, options, version))
    return { speaker, code }
  }

  connectPacket(name: string, options: ConnectOptions = {}, version: Version = this.version): IConnectPacket {
    return {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      clientId: this.clientId(name),
      clean: true,
      keepalive: 60,
      ...this.#target.credentials,
      ...options,
    }
  }

  /** Connects with a session that outlives the connection by 600 s, an hour in 3.1.1. */
  connectToStay(
    name: string,
    options: ConnectOptions = {},
    version: Version = this.version,
  ): Promise<Speaker> {
    const { properties, ...rest } = options
    return this.connect(
      name,
      {
        clean: false,
        ...(version === 5 ? { properties: { sessionExpiryInterval: 600, ...properties } } : {}),
        ...rest,
      },
      version,
    )
  }

  advance(ms: number): void {
    this.#target.advance(ms)
  }

  /** Lets so much time pass on the target. */
  pass(ms: number): Promise<void> {
    return this.#target.pass(ms)
  }

  /** What the target has said to the case's MQTT 5 clients. */
  heardAtFive(): Packet[] {
    return this.#speakers.filter(({ version }) => version === 5).flatMap(({ received }) => received)
  }

  /** Ends every connection that is left. */
  async clear(): Promise<void> {
    for (const speaker of this.#speakers) speaker.drop()
    await Promise.all(this.#speakers.map((speaker) => speaker.closed))
  }
}
