/**
 * Fanfare's service in memory: one feed and one state with their log, a broker and the HTTP API, which misbehave as the
 * network may. For tests of the client, and of what is built on it.
 *
 * @module
 */
import type { FeedContract, StateContract } from '../../topics/contract/contract.ts'
import type { FeedEntry } from '../../topics/contract/message.ts'
import { feedMessage, stateMessage } from '../../topics/contract/write-message.ts'
import { loss } from '../connection/loss.ts'
import type { LinkListener, Transport } from '../connection/transport.ts'
import type { Clock } from '../clock.ts'
import type { Session } from '../session.ts'

export interface MemoryFaults {
  /** Probability that a delivery is dropped. */
  drop: number
  /** Probability that a delivery comes twice. */
  double: number
  /** Longest delay of a delivery, ms; different delays reorder. */
  delayMs: number
  /** Probability that a retained message is not sent to a new subscriber. */
  forgetRetained: number
  /** Probability that an HTTP request fails. */
  httpError: number
  /** Longest delay of an HTTP answer, ms. */
  httpDelayMs: number
}

export const noMemoryFaults: MemoryFaults = {
  drop: 0,
  double: 0,
  delayMs: 0,
  forgetRetained: 0,
  httpError: 0,
  httpDelayMs: 0,
}

export interface MemoryServiceOptions<Entry, Value> {
  readonly clock: Clock
  readonly random: () => number
  readonly feed: { readonly contract: FeedContract<string, Entry>; readonly topic: string }
  readonly state: { readonly contract: StateContract<string, Value>; readonly topic: string }
  /** Entries that one feed message holds at most. */
  readonly messageEntriesMax: number
  /** Life of a session, seconds. Default: 3600 */
  readonly sessionSeconds?: number
  /** A topic that is denied, with its reason code. */
  readonly denied?: { readonly topic: string; readonly reasonCode: number }
}

interface MemoryLink {
  readonly listener: LinkListener
  readonly clientId: string
  readonly topics: Set<string>
  open: boolean
}

/** The service. `faults` may be changed at any time. */
export class MemoryService<Entry, Value> {
  readonly faults: MemoryFaults = { ...noMemoryFaults }
  /** Requests by path, and what the broker was asked, in order. */
  readonly requests: string[] = []
  readonly #options: MemoryServiceOptions<Entry, Value>
  readonly #links = new Set<MemoryLink>()
  readonly #retained = new Map<string, object>()
  #epochs = 0
  #entries: FeedEntry<Entry>[] = []
  #floor = 0
  #published = 0
  #value: { sequence: number; value: Value } | undefined
  #sessions = 0

  constructor(options: MemoryServiceOptions<Entry, Value>) {
    this.#options = options
  }

  get epoch(): string {
    return `epoch-${String(this.#epochs).padStart(4, '0')}`
  }

  /** The feed's newest sequence. */
  get head(): number {
    return this.#entries.length
  }

  get floor(): number {
    return this.#floor
  }

  get value(): Value | undefined {
    return this.#value?.value
  }

  get links(): readonly { readonly clientId: string; readonly topics: ReadonlySet<string> }[] {
    return [...this.#links]
  }

  /** Begins both logs, or begins them anew under a higher epoch. */
  reset(value: Value): void {
    this.#epochs++
    this.#entries = []
    this.#floor = 0
    this.#published = 0
    this.#value = { sequence: 0, value }
  }

  append(entries: readonly FeedEntry<Entry>[], value: Value): void {
    this.#entries.push(...entries)
    this.#value = { sequence: (this.#value?.sequence ?? 0) + 1, value }
  }

  /** Forgets the log up to this sequence. */
  expire(floor: number): void {
    this.#floor = Math.max(this.#floor, Math.min(floor, this.head))
  }

  /** Publishes what was written since the last time; with nothing new, the heads once more. */
  broadcast(): void {
    if (this.#epochs === 0) return
    const { feed, state } = this.#options
    this.#publish(feed.topic, this.#feedHead())
    this.#published = this.head
    const value = this.#stateHead()
    if (value) this.#publish(state.topic, value)
  }

  /** Publishes bytes as they are. */
  publishRaw(topic: string, payload: object): void {
    this.#publish(topic, payload)
  }

  #feedHead(): object {
    const { contract, topic } = this.#options.feed
    const { epoch, head } = this
    const max = this.#options.messageEntriesMax
    const from = Math.max(this.#published === head ? head - max : this.#published, head - max, 0)
    const previous = this.#published === head ? undefined : this.#published
    return feedMessage(
      contract,
      { topic, epoch, sequence: head, time: '' },
      this.#entries.slice(from, head),
      previous,
    )
  }

  #stateHead(): object | undefined {
    const { contract, topic } = this.#options.state
    const value = this.#value
    return (
      value &&
      stateMessage(contract, { topic, epoch: this.epoch, sequence: value.sequence, time: '' }, value.value)
    )
  }

  #publish(topic: string, message: object): void {
    this.#retained.set(topic, message)
    for (const link of this.#links) if (link.topics.has(topic)) this.#deliver(link, topic, message)
  }

  #deliver(link: MemoryLink, topic: string, message: object): void {
    const { clock, random } = this.#options
    const { drop, double, delayMs } = this.faults
    if (random() < drop) return
    const payload = new TextEncoder().encode(JSON.stringify(message))
    for (const _copy of random() < double ? [1, 2] : [1]) {
      clock.after(random() * delayMs, () => {
        if (link.open) link.listener.message(topic, payload)
      })
    }
  }

  /** Cuts every connection. */
  cut(): void {
    for (const link of this.#links) this.#end(link, 'connection-lost', 'cut')
  }

  #end(link: MemoryLink, code: 'connection-lost' | 'taken-over', detail: string): void {
    if (!this.#links.delete(link)) return
    link.open = false
    link.listener.lost(loss(code, detail))
  }

  readonly transport: Transport = ({ clientId }, listener) => {
    const { clock, random, denied } = this.#options
    const link: MemoryLink = { listener, clientId, topics: new Set(), open: true }
    this.requests.push(`CONNECT ${clientId}`)
    clock.after(1, () => {
      if (!link.open) return
      for (const other of this.#links)
        if (other.clientId === clientId) this.#end(other, 'taken-over', clientId)
      this.#links.add(link)
      listener.opened()
    })
    return {
      subscribe: (topics) =>
        new Promise((resolve) => {
          this.requests.push(`SUBSCRIBE ${topics.join(' ')}`)
          clock.after(1, () => {
            if (!link.open) {
              resolve(undefined)
              return
            }
            for (const topic of topics) {
              if (topic === denied?.topic) continue
              link.topics.add(topic)
              const retained = this.#retained.get(topic)
              if (retained && random() >= this.faults.forgetRetained) this.#deliver(link, topic, retained)
            }
            resolve(topics.map((topic) => (topic === denied?.topic ? denied.reasonCode : 0)))
          })
        }),
      unsubscribe: (topics) => {
        this.requests.push(`UNSUBSCRIBE ${topics.join(' ')}`)
        for (const topic of topics) link.topics.delete(topic)
      },
      publish: () => Promise.resolve(link.open ? 0 : undefined),
      check: () => {},
      close: () => {
        link.open = false
        this.#links.delete(link)
      },
    }
  }

  readonly fetch = async (url: string, _init: RequestInit): Promise<Response> => {
    const { clock, random } = this.#options
    const { pathname, searchParams } = new URL(url, 'http://memory')
    this.requests.push(`${pathname}${[...searchParams].map(([name, value]) => ` ${name}=${value}`).join('')}`)
    await new Promise<void>((resolve) => {
      clock.after(random() * this.faults.httpDelayMs, resolve)
    })
    if (random() < this.faults.httpError) return Response.json({ title: 'fault' }, { status: 503 })
    if (pathname === '/session') return Response.json(this.#session())
    if (this.#epochs === 0) return Response.json({ title: 'no head' }, { status: 404 })
    return Response.json(pathname === '/state' ? this.#head(searchParams) : this.#log(searchParams))
  }

  #session(): Session {
    const principal = `visitor${++this.#sessions}`
    return {
      endpoint: 'ws://memory/mqtt',
      authorizer: 'memory',
      tokenKey: 'token',
      token: principal,
      signature: '',
      clientIds: [`${principal}-0`, `${principal}-1`],
      principal,
      expiresAt: this.#options.clock.now() / 1000 + (this.#options.sessionSeconds ?? 3600),
    }
  }

  #head(query: URLSearchParams): object | undefined {
    return query.get('topic') === this.#options.feed.topic ? this.#feedHead() : this.#stateHead()
  }

  #log(query: URLSearchParams): object {
    const { epoch, head } = this
    const floor = this.#floor
    if (query.get('epoch') !== epoch) {
      return { epoch, events: [], head, floor, complete: false, next: null }
    }
    const after = Number(query.get('after'))
    const limit = Number(query.get('limit'))
    const events = this.#entries
      .map((entry, index) => ({ sequence: index + 1, entry }))
      .slice(Math.max(after, floor), Math.max(after, floor) + limit)
    const next = events.at(-1)?.sequence ?? head
    return { epoch, events, head, floor, complete: after >= floor, next: next >= head ? null : next }
  }
}
