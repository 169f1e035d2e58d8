/**
 * One inbox, served in memory: its broker, `GET` and `POST /inbox`. For the client's own tests.
 *
 * @module
 */
import type { InboxContract } from '../../topics/contract/contract.ts'
import type { InboxEntry } from '../../topics/contract/message.ts'
import { inboxMessage } from '../../topics/contract/write-message.ts'
import { writeSequence } from '../../topics/contract/sequence.ts'
import type { Clock } from '../clock.ts'
import { loss } from '../connection/loss.ts'
import type { LinkListener, Transport } from '../connection/transport.ts'
import type { Session } from '../session.ts'

export class InboxService<Item> {
  readonly #clock: Clock
  readonly #contract: InboxContract<string, Item>
  readonly #topic: string
  readonly #log: InboxEntry<Item>[] = []
  readonly #gone = new Set<number>()
  readonly #links = new Set<LinkListener>()
  #published = 0
  epoch = 'epoch-1'
  /** What was asked by HTTP, in order. */
  readonly requests: string[] = []
  /** Statuses for the next requests, before they are carried out. */
  readonly failures: number[] = []
  /** How long answers are on their way back, ms; those after the last figure, none. */
  readonly answersTakeMs: number[] = []
  /** While true nothing that is published arrives. */
  deaf = false

  constructor(clock: Clock, contract: InboxContract<string, Item>, topic: string) {
    this.#clock = clock
    this.#contract = contract
    this.#topic = topic
  }

  /** Adds an item, and publishes it. Answers its sequence. */
  add(value: Item): number {
    this.#log.push({ value })
    this.publish()
    return this.#log.length
  }

  retract(sequence: number): void {
    this.#log.push({ retracts: writeSequence(sequence) })
    this.#gone.add(sequence)
    this.publish()
  }

  /** Handled, by another device perhaps. */
  handle(sequence: number): void {
    if (this.#gone.has(sequence)) return
    this.#gone.add(sequence)
    this.#log.push({ handles: writeSequence(sequence) })
    this.publish()
  }

  get unhandled(): number[] {
    return this.#log.flatMap((entry, index) =>
      'value' in entry && !this.#gone.has(index + 1) ? [index + 1] : [],
    )
  }

  /** Begins anew under another epoch. */
  reset(epoch: string): void {
    this.epoch = epoch
    this.#log.length = 0
    this.#gone.clear()
    this.#published = 0
  }

  publish(): void {
    const payload = this.#message()
    this.#published = this.#log.length
    if (this.deaf) return
    for (const link of this.#links)
      this.#clock.after(1, () => this.#links.has(link) && link.message(this.#topic, payload))
  }

  #message(): Uint8Array {
    const entries = this.#log.slice(this.#published)
    const head = {
      topic: this.#topic,
      epoch: this.epoch,
      sequence: this.#log.length,
      time: 't',
      unread: this.unhandled.length,
    }
    return Buffer.from(JSON.stringify(inboxMessage(this.#contract, head, entries)))
  }

  cut(): void {
    for (const link of this.#links) {
      this.#links.delete(link)
      link.lost(loss('connection-lost', 'cut'))
    }
  }

  readonly transport: Transport = (_, listener) => {
    this.#clock.after(1, () => listener.opened())
    return {
      subscribe: async (topics) => {
        this.#links.add(listener)
        return topics.map(() => 0)
      },
      unsubscribe() {},
      publish: async () => 0,
      check() {},
      close: () => void this.#links.delete(listener),
    }
  }

  readonly session = async (): Promise<Session> => ({
    endpoint: 'ws://memory/mqtt',
    authorizer: 'memory',
    tokenKey: 'token',
    token: 'agent7',
    signature: '',
    clientIds: ['agent7-0', 'agent7-1'],
    principal: 'agent7',
    expiresAt: this.#clock.now() / 1000 + 3600,
  })

  readonly fetch = async (
    _url: string,
    { method = 'GET', body, headers }: RequestInit,
  ): Promise<Response> => {
    const { authorization } = headers as Record<string, string>
    this.requests.push(typeof body === 'string' ? `${method} ${body}` : `${method} as ${authorization}`)
    await new Promise<void>((resolve) => {
      this.#clock.after(10, resolve)
    })
    const failure = this.failures.shift()
    const answer = failure === undefined ? this.#answer(method, body) : new Response('', { status: failure })
    const takesMs = this.answersTakeMs.shift() ?? 0
    if (takesMs > 0) {
      await new Promise<void>((resolve) => {
        this.#clock.after(takesMs, resolve)
      })
    }
    return answer
  }

  #answer(method: string, body: RequestInit['body']): Response {
    if (method === 'GET') {
      return Response.json({
        epoch: this.epoch,
        sequence: this.#log.length,
        unread: this.unhandled.length,
        items: this.unhandled.slice(-1000).map((sequence) => {
          const entry = this.#log[sequence - 1]
          return { sequence, value: entry && 'value' in entry ? entry.value : undefined, at: 't' }
        }),
        version: 1,
      })
    }
    const { epoch, handled } = JSON.parse(body as string) as { epoch: string; handled: number[] }
    if (epoch !== this.epoch) return new Response('', { status: 409 })
    for (const sequence of handled) this.handle(sequence)
    return Response.json({ handled })
  }
}
