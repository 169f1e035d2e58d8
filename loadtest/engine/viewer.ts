/**
 * One place in a group of subscribers: it connects, subscribes, hears, and comes back when its connection is lost.
 *
 * @module
 */
import type { Admission } from './admission.ts'
import { Connection, type ConnectionOwner, type Endpoint } from './connection.ts'
import type { Published } from './packet-reader.ts'
import type { PhaseCounts } from './phase-figures.ts'
import type { RunClock } from './run-clock.ts'
import { Listener } from './listener.ts'
import type { TopicLog } from './topic-log.ts'
import { pingFrame, subscribeFrame } from './wire.ts'

/** What the places of a group have together. */
export interface ViewerGroup {
  readonly clock: RunClock
  readonly counts: PhaseCounts
  readonly admission: Admission
  readonly qos: 0 | 1
  readonly readBytesPerSecond: number | undefined
  /** Ms between CONNACK and SUBSCRIBE for the next one. */
  thinkMs(): number
  /** Open connections of the thread, `change` more. */
  opened(change: 1 | -1): void
  /** It wants to try again at this time, ms of the run. */
  retry(viewer: Viewer, atMs: number): void
  random(): number
}

/** A client's longest wait before it tries again, ms: with full jitter, as client/connection/backoff.ts. */
const backoffMs = { first: 1000, most: 30_000 } as const
/** AWS IoT Core takes at most 8 filters in a SUBSCRIBE. docs/aws-iot-core.md §3. */
const filtersPerSubscribe = 8
const subackType = 9

export class Viewer implements ConnectionOwner {
  readonly #group: ViewerGroup
  readonly #logs: readonly TopicLog[]
  readonly #listeners: Listener[]
  readonly #from: string | undefined
  #endpoint: Endpoint | undefined
  #connection: Connection | undefined
  #failures = 0
  #attemptMs = 0
  #subscribeMs = 0
  /** It has left for good. */
  gone = false
  /** When it is to try, ms of the run, while it waits. */
  dueMs = 0

  constructor(group: ViewerGroup, logs: readonly TopicLog[], from: string | undefined) {
    this.#group = group
    this.#logs = logs
    this.#listeners = logs.map(() => new Listener())
    this.#from = from
  }

  get open(): boolean {
    return this.#connection?.open === true
  }

  /** Connects. */
  attempt(now: number): void {
    const { counts } = this.#group
    const count = counts.at(now).connections
    count.attempted += 1
    count.waited.record(now - this.dueMs)
    this.#attemptMs = now
    if (this.#endpoint) this.#connect(this.#endpoint)
    else void this.#admit(now)
  }

  async #admit(now: number): Promise<void> {
    const { admission, counts, clock, readBytesPerSecond } = this.#group
    const admitted = await admission.admit(this.#from, counts.at(now).requests)
    if (this.gone) return
    if ('refused' in admitted) {
      this.onRefused(admitted.refused)
      return
    }
    const endpoint =
      readBytesPerSecond === undefined ? admitted.endpoint : { ...admitted.endpoint, readBytesPerSecond }
    if (admission.reusable) this.#endpoint = endpoint
    // The session's own time is counted with the requests.
    this.#attemptMs = clock.now()
    this.#connect(endpoint)
  }

  #connect(endpoint: Endpoint): void {
    this.#connection = new Connection(endpoint, this)
  }

  onOpen(): void {
    const now = this.#group.clock.now()
    const count = this.#group.counts.at(now).connections
    this.#failures = 0
    count.connected += 1
    count.connect.record(now - this.#attemptMs)
    this.#group.opened(1)
    const thinkMs = this.#group.thinkMs()
    const connection = this.#connection
    if (thinkMs <= 0) this.#subscribe()
    else
      setTimeout(() => {
        if (!this.gone && connection === this.#connection && connection?.open === true) this.#subscribe()
      }, thinkMs)
  }

  #subscribe(): void {
    const now = this.#group.clock.now()
    this.#subscribeMs = now
    for (const [index, log] of this.#logs.entries()) {
      const listener = this.#listeners[index]
      if (listener) log.ask(listener, now)
    }
    for (let at = 0; at < this.#logs.length; at += filtersPerSubscribe) {
      const filters = this.#logs.slice(at, at + filtersPerSubscribe).map(({ topic }) => topic.topic)
      this.#connection?.send(subscribeFrame(at / filtersPerSubscribe + 1, filters, this.#group.qos))
    }
  }

  onAnswer(type: number, bytes: Buffer, from: number, to: number): void {
    if (type !== subackType) return
    const now = this.#group.clock.now()
    const count = this.#group.counts.at(now).connections
    const first = ((((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0)) - 1) * filtersPerSubscribe
    count.subscribe.record(now - this.#subscribeMs)
    // Properties, then one reason code for each filter. MQTT 5.0 section 3.9.
    const codes = from + 3 + (bytes[from + 2] ?? 0)
    let taken = 0
    for (let at = codes; at < to; at += 1) {
      const code = bytes[at] ?? 0
      const log = this.#logs[first + at - codes]
      const listener = this.#listeners[first + at - codes]
      // Answered twice, it would forget what it is missing.
      if (!log || !listener || listener.subscribed) continue
      if (code >= 0x80) count.denied.add(`SUBACK 0x${code.toString(16)}`)
      else {
        taken += 1
        log.join(listener, now)
      }
    }
    if (taken > 0 && first === 0) count.subscribed += 1
  }

  onMessage({ bytes, topicFrom, topicTo, payloadFrom, payloadTo, retained }: Published): void {
    const now = this.#group.clock.now()
    for (let index = 0; index < this.#logs.length; index += 1) {
      const log = this.#logs[index]
      const listener = this.#listeners[index]
      if (!log || !listener || !isNamed(log.name, bytes, topicFrom, topicTo)) continue
      log.hear(listener, bytes, payloadFrom, payloadTo, retained, now)
      return
    }
  }

  onRefused(reason: string): void {
    const now = this.#group.clock.now()
    this.#group.counts.at(now).connections.refused.add(reason)
    // A token may have ended: the next attempt asks for another.
    if (reason.startsWith('HTTP') || reason.startsWith('CONNACK')) this.#endpoint = undefined
    this.#backOff(now)
  }

  onEnd(reason: string): void {
    const now = this.#group.clock.now()
    this.#group.counts.at(now).connections.disconnects.add(reason)
    this.#lost(now)
    this.#backOff(now)
  }

  /** Its connection is cut off without a word; it comes back at `returnMs`. */
  cut(now: number, returnMs: number): void {
    if (!this.open) return
    this.#connection?.end('cut')
    this.#group.counts.at(now).connections.left += 1
    this.#lost(now)
    this.#group.retry(this, returnMs)
  }

  /** It leaves for good, or the run is over. */
  leave(now: number, over = false): void {
    if (this.gone) return
    this.gone = true
    const wasOpen = this.open
    for (const [index, log] of this.#logs.entries()) {
      const listener = this.#listeners[index]
      if (!listener) continue
      log.leave(listener, now, over)
      log.settle(listener)
    }
    this.#connection?.end(over ? 'cut' : 'goodbye')
    if (!wasOpen) return
    if (!over) this.#group.counts.at(now).connections.left += 1
    this.#group.opened(-1)
  }

  ping(): void {
    if (this.open) this.#connection?.send(pingFrame)
  }

  #lost(now: number): void {
    this.#group.opened(-1)
    for (const [index, log] of this.#logs.entries()) {
      const listener = this.#listeners[index]
      if (!listener) continue
      log.leave(listener, now, false)
      listener.lostAt = now
    }
  }

  #backOff(now: number): void {
    if (this.gone) return
    this.#connection = undefined
    const most = Math.min(backoffMs.most, backoffMs.first * 2 ** this.#failures)
    this.#failures += 1
    this.#group.retry(this, now + this.#group.random() * most)
  }
}

function isNamed(name: Buffer, bytes: Buffer, from: number, to: number): boolean {
  if (to - from !== name.length) return false
  // From the end: names differ there.
  for (let at = name.length - 1; at >= 0; at -= 1) if (bytes[from + at] !== name[at]) return false
  return true
}
