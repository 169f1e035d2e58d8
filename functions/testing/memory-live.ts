/**
 * Heads, a feed's log and a broker in memory, with what may befall a publish: refused, delivered and not retained, or
 * taken without an answer.
 *
 * @module
 */
import { comparePositions, type FeedEntry, type Position, readSequence } from '../../topics/contract/index.ts'
import type { Head, Published, TopicWrite } from '../platform/live-table.ts'
import type { Broker, PublishingTable, PublishOptions, Watchers } from '../live/publishing.ts'
import type { Time } from '../platform/time.ts'

export class MemoryLiveTable implements PublishingTable {
  readonly heads = new Map<string, Head>()
  readonly publishedOf = new Map<string, Published>()
  readonly watchersOf = new Map<string, Watchers>()
  readonly log = new Map<string, FeedEntry<unknown>[]>()

  /** Writes what a domain's transaction would. */
  write({ head, segment }: TopicWrite): void {
    this.heads.set(head.topic, head)
    if (!segment) return
    const entries = JSON.parse(segment.entries) as FeedEntry<unknown>[]
    this.log.set(head.topic, [...(this.log.get(head.topic) ?? []), ...entries])
  }

  async read(topic: string) {
    await Promise.resolve()
    const watchers = this.watchersOf.get(topic)
    const state = { head: this.heads.get(topic), published: this.publishedOf.get(topic) }
    return watchers ? { ...state, watchers } : state
  }

  async *entries(
    { topic, sequence }: Head,
    after: number,
  ): AsyncGenerator<readonly [number, FeedEntry<unknown>]> {
    for (let at = sequence; at > after; at--) {
      await Promise.resolve()
      const entry = this.log.get(topic)?.[at - 1]
      if (entry) yield [at, entry]
    }
  }

  async markPublished(topic: string, published: Published): Promise<void> {
    await Promise.resolve()
    const before = this.publishedOf.get(topic)
    const order = before ? comparePositions(published, before) : 1
    if (order > 0 || (before && order === 0 && published.at > before.at))
      this.publishedOf.set(topic, published)
  }
}

export interface BrokerFaults {
  /** Probability that a publish is refused with 429. */
  refuse: number
  /** Probability that it is delivered and not retained. */
  forget: number
  /** Probability that its answer is lost. */
  unsure: number
  /** Longest way there, and longest way back, ms. */
  delayMs: number
}

export interface SentMessage extends Position {
  readonly topic: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly payload: string
}

export class MemoryBroker implements Broker {
  readonly sent: SentMessage[] = []
  readonly kept = new Map<string, SentMessage>()
  readonly faults: BrokerFaults = { refuse: 0, forget: 0, unsure: 0, delayMs: 0 }
  readonly #time: Time
  readonly #random: () => number

  constructor(time: Time, random: () => number) {
    this.#time = time
    this.#random = random
  }

  async publish(topic: string, payload: string, { retain }: PublishOptions): Promise<'taken' | 'refused'> {
    await this.#delay()
    if (this.#random() < this.faults.refuse) {
      await this.#delay()
      return 'refused'
    }
    const { epoch, sequence } = JSON.parse(payload) as { epoch: string; sequence: string }
    const message = { topic, epoch, sequence: readSequence(sequence) ?? -1, at: this.#time.now(), payload }
    this.sent.push(message)
    if (retain && this.#random() >= this.faults.forget) this.kept.set(topic, message)
    await this.#delay()
    if (this.#random() < this.faults.unsure) throw new Error('the connection broke')
    return 'taken'
  }

  async retained(topic: string): Promise<Position | undefined> {
    await Promise.resolve()
    return this.kept.get(topic)
  }

  async #delay(): Promise<void> {
    if (this.faults.delayMs > 0) await this.#time.sleep(this.#random() * this.faults.delayMs)
    else await Promise.resolve()
  }
}
