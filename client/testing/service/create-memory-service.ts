/**
 * Fanfare's service in memory, for tests of what is built on the client: real clients, real rules of recovery, no
 * sockets and hardly any waiting.
 *
 * @module
 */
import {
  type FeedContract,
  findContract,
  type InboxContract,
  type RecordedContract,
  type SignalContract,
  type StateContract,
  topicOf,
  validatePayload,
} from '../../../topics/contract/contract.ts'
import { handledAtOnceMax, type InboxHandled } from '../../../topics/contract/inbox-page.ts'
import type { ParametersOf } from '../../../topics/contract/pattern.ts'
import { writeSequence } from '../../../topics/contract/sequence.ts'
import type { Session } from '../../../topics/contract/session.ts'
import { readSignalMessage, replyMessage, signalMessage } from '../../../topics/contract/signal-message.ts'
import { type Client, connect } from '../../client.ts'
import type { OutgoingMessage } from '../../connection/transport.ts'
import { describeError } from '../../errors.ts'
import type { ClientOptions } from '../../options.ts'
import { memoryBroker } from './memory-broker.ts'
import { MemoryTopic } from './memory-topic.ts'

/** The service in memory: the server's side, and what may go wrong. */
export interface InMemoryService {
  /** For `connect`, with one's own options over them: `connect({ ...service.options, bufferEntries: 10 })`. */
  readonly options: ClientOptions
  /** A client of this service; `settled` waits for it. */
  connect(options?: Partial<ClientOptions>): Client
  /** Writes a state's value. Throws TopicContractError for one that does not fit. */
  set<Pattern extends string, Value>(
    contract: StateContract<Pattern, Value>,
    parameters: ParametersOf<Pattern>,
    value: Value,
  ): void
  /** Appends entries in one message and answers the sequence of the last. Throws TopicContractError, as `set`. */
  append<Pattern extends string, Entry>(
    contract: FeedContract<Pattern, Entry>,
    parameters: ParametersOf<Pattern>,
    ...entries: readonly Entry[]
  ): number
  /** Puts items into an inbox and answers the sequence of the last. Throws TopicContractError, as `set`. */
  push<Pattern extends string, Item>(
    contract: InboxContract<Pattern, Item>,
    parameters: ParametersOf<Pattern>,
    ...items: readonly Item[]
  ): number
  /** Takes back the entry or item of this sequence. */
  retract<Pattern extends string>(
    contract: FeedContract<Pattern> | InboxContract<Pattern>,
    parameters: ParametersOf<Pattern>,
    sequence: number,
  ): void
  /** What an inbox holds that is neither handled nor taken back. */
  unhandled<Pattern extends string, Item>(
    contract: InboxContract<Pattern, Item>,
    parameters: ParametersOf<Pattern>,
  ): readonly { readonly sequence: number; readonly value: Item }[]
  /** Sends a signal to who hears it. */
  send<Pattern extends string, Payload>(
    contract: SignalContract<Pattern, Payload>,
    parameters: ParametersOf<Pattern>,
    value: Payload,
  ): void
  /** Signals that clients sent, in order. */
  sent<Pattern extends string, Payload>(
    contract: SignalContract<Pattern, Payload>,
    parameters: ParametersOf<Pattern>,
  ): readonly Payload[]
  /** Answers the requests of a contract. What it throws becomes the request's fault, of code `failed`. */
  answer<Payload, Reply>(
    contract: SignalContract<string, Payload, Reply>,
    handler: (value: Payload, parameters: Readonly<Record<string, string>>) => Reply | Promise<Reply>,
  ): void
  /** The log forgets everything up to this sequence. */
  expire<Pattern extends string>(
    contract: FeedContract<Pattern> | InboxContract<Pattern>,
    parameters: ParametersOf<Pattern>,
    upTo: number,
  ): void
  /** The topic begins anew, empty, under a higher epoch. A state needs a `set` after it. */
  reset<Pattern extends string>(contract: Recorded<Pattern>, parameters: ParametersOf<Pattern>): void
  /** Denies the topic to everyone who subscribes or publishes from now on. */
  deny<Pattern extends string>(contract: { readonly topic: Pattern }, parameters: ParametersOf<Pattern>): void
  /** Cuts the network: connections end, requests fail. */
  cut(): void
  /** Brings the network back. */
  restore(): void
  /** The session ends: its connections are closed, and the next is another principal's. */
  endSession(): void
  /**
   * Resolves when the clients of `connect` are live (offline, while the network is cut) and have what was written.
   * Rejects after two seconds with what they are. Needs real timers.
   */
  settled(): Promise<void>
  /** Closes the clients of `connect`. */
  close(): void
}

type Recorded<Pattern extends string> =
  | StateContract<Pattern>
  | FeedContract<Pattern>
  | InboxContract<Pattern>

/** A service with nothing written. */
export function createMemoryService(): InMemoryService {
  const topics = new Map<string, MemoryTopic>()
  const signals = new Map<string, unknown[]>()
  const responders = new Map<
    SignalContract,
    (value: unknown, parameters: Readonly<Record<string, string>>) => unknown
  >()
  const clients = new Set<Client>()
  const wakes = new Set<(signal: 'wake') => void>()
  let epochs = 0
  let sessions = 1
  let pending = 0

  const broker = memoryBroker({
    retained: (topic) => topics.get(topic)?.message(),
    received: (message) => void receive(message),
  })

  function at(contract: RecordedContract, topic: string): MemoryTopic {
    const known = topics.get(topic)
    if (known) return known
    const made = new MemoryTopic(contract, topic, nextEpoch())
    topics.set(topic, made)
    return made
  }

  const nextEpoch = (): string => `memory-${String(++epochs).padStart(6, '0')}`

  function publish(topic: MemoryTopic): void {
    broker.publish(topic.topic, topic.message())
    topic.published()
  }

  function extend(contract: FeedContract | InboxContract, topic: string, values: readonly unknown[]): number {
    const schema = contract.kind === 'feed' ? contract.entry : contract.item
    const fit = values.map((value) => validatePayload(contract, schema, value))
    const log = at(contract, topic)
    for (const value of fit) log.append({ value })
    publish(log)
    return log.sequence
  }

  async function receive({ topic, payload, request }: OutgoingMessage): Promise<void> {
    const raw: unknown = JSON.parse(new TextDecoder().decode(payload))
    const found = findContract([...responders.keys()], topic)
    const { data } = raw as { data: unknown }
    signals.set(topic, [...(signals.get(topic) ?? []), data])
    broker.publish(topic, raw as object)
    if (!found || !request) return
    const { contract, parameters } = found
    const head = { id: crypto.randomUUID(), topic: request.responseTopic, time: new Date().toISOString() }
    const received = readSignalMessage(contract, raw)
    pending++
    try {
      if ('problem' in received) throw new Error(received.problem)
      const reply = await responders.get(contract)?.(received.message.value, parameters)
      broker.publish(request.responseTopic, replyMessage(contract, head, { reply }), request.correlationData)
    } catch (cause) {
      // The responder of a test failed: whoever asked is told, as by the real service.
      const error = { code: 'failed', message: describeError(cause) }
      broker.publish(request.responseTopic, replyMessage(contract, head, { error }), request.correlationData)
    } finally {
      pending--
    }
  }

  async function fetchMemory(url: string, init: RequestInit): Promise<Response> {
    pending++
    try {
      await Promise.resolve()
      if (!broker.up) throw new TypeError('the network of the test is cut')
      const { pathname, searchParams } = new URL(url, 'http://memory')
      const topic = topics.get(searchParams.get('topic') ?? '')
      if (pathname === '/session') return Response.json(session())
      if (broker.denied.has(searchParams.get('topic') ?? '')) {
        return Response.json({ title: 'denied' }, { status: 403 })
      }
      if (!topic) return Response.json({ title: 'the topic has no head' }, { status: 404 })
      if (pathname === '/state') return Response.json(topic.message())
      if (pathname === '/events') return Response.json(topic.page(searchParams))
      if (pathname === '/inbox' && init.method === 'POST') {
        const { epoch, handled } = (await new Response(init.body ?? null).json()) as InboxHandled
        if (epoch !== topic.epoch) return Response.json({ title: 'another epoch' }, { status: 409 })
        const done = topic.handle(handled.slice(0, handledAtOnceMax))
        publish(topic)
        return Response.json({ handled: done })
      }
      if (pathname === '/inbox') return Response.json(topic.inboxPage())
      return Response.json({ title: `there is no ${pathname}` }, { status: 404 })
    } finally {
      pending--
    }
  }

  function session(): Session {
    const principal = `memory${sessions}`
    return {
      endpoint: 'ws://memory/mqtt',
      authorizer: 'memory',
      tokenKey: 'token',
      token: principal,
      signature: '',
      clientIds: [`${principal}-0`, `${principal}-1`],
      principal,
      expiresAt: Math.floor(Date.now() / 1000) + 3600,
    }
  }

  const options: ClientOptions = {
    api: 'http://memory',
    transport: broker.transport,
    fetch: fetchMemory,
    backoffBaseMs: 5,
    backoffMaxMs: 20,
    headWaitMs: 5,
    reorderWaitMs: 0,
    recoveryJitterMs: 0,
    signals(listener) {
      wakes.add(listener)
      return () => wakes.delete(listener)
    },
  }

  return {
    options,
    connect(more = {}) {
      const client = connect({ ...options, ...more })
      clients.add(client)
      return client
    },
    set(contract, parameters, value) {
      const fit = validatePayload(contract, contract.payload, value)
      const topic = at(contract, topicOf(contract, parameters))
      topic.set(fit)
      publish(topic)
    },
    append: (contract, parameters, ...entries) => extend(contract, topicOf(contract, parameters), entries),
    push: (contract, parameters, ...items) => extend(contract, topicOf(contract, parameters), items),
    retract(contract, parameters, sequence) {
      const topic = at(contract, topicOf(contract, parameters))
      topic.append({ retracts: writeSequence(sequence) })
      publish(topic)
    },
    unhandled: (contract, parameters) =>
      at(contract, topicOf(contract, parameters)).unhandled as readonly {
        sequence: number
        value: unknown
      }[] as never,
    send(contract, parameters, value) {
      const topic = topicOf(contract, parameters)
      const fit = validatePayload(contract, contract.payload, value)
      const head = { id: crypto.randomUUID(), topic, time: new Date().toISOString() }
      broker.publish(topic, signalMessage(contract, head, fit))
    },
    sent: (contract, parameters) => (signals.get(topicOf(contract, parameters)) ?? []) as never[],
    answer(contract, handler) {
      responders.set(contract, handler as (value: unknown) => unknown)
    },
    expire(contract, parameters, upTo) {
      const topic = at(contract, topicOf(contract, parameters))
      topic.floor = Math.max(topic.floor, Math.min(upTo, topic.sequence))
    },
    reset(contract, parameters) {
      const topic = at(contract, topicOf(contract, parameters))
      topic.reset(nextEpoch())
      if (contract.kind === 'state') topics.delete(topic.topic)
      else publish(topic)
    },
    deny(contract, parameters) {
      broker.denied.add(topicOf(contract, parameters))
    },
    cut() {
      broker.up = false
      broker.cut('the network of the test is cut')
    },
    restore() {
      broker.up = true
      for (const wake of wakes) wake('wake')
    },
    endSession() {
      sessions++
      broker.cut('the session of the test ended')
    },
    async settled() {
      const wanted = broker.up ? 'live' : 'offline'
      const open = (): string[] =>
        [...clients].map(({ status }) => status.state).filter((state) => state !== wanted)
      for (let calm = 0, rounds = 0; calm < 3; rounds++) {
        await new Promise((resolve) => setTimeout(resolve, 2))
        calm = pending === 0 && open().length === 0 ? calm + 1 : 0
        if (rounds > 1000) throw new Error(`clients are ${open().join(', ') || 'waiting'}, not ${wanted}`)
      }
    },
    close() {
      for (const client of clients) client.close()
      clients.clear()
    },
  }
}
