/**
 * What the application wants to hear, apart from what the network has: topics and who listens to them, put onto every
 * link that opens.
 *
 * @module
 */
import { filtersPerSubscribeMax } from '../../topics/contract/aws-limits.ts'
import type { Clock } from '../clock.ts'
import { ClientError, describeError, type Problem } from '../errors.ts'
import { reasonCode, writeReasonCode } from '../mqtt/reason-codes.ts'
import { backoffMs } from './backoff.ts'
import type { Link } from './transport.ts'

/** One listener to one topic. */
export interface Subscriber {
  /** Whether a denial is its own affair, and not reported. */
  readonly quiet?: boolean
  /** A message, parsed. It may be old, doubled or out of order. `correlationData` is valid only during the call. */
  message(raw: unknown, correlationData?: Uint8Array): void
  /** The broker granted the topic, on one more link perhaps. */
  subscribed(): void
  /** No link has the topic any more. */
  lost(): void
  /** The broker denied the topic: this subscription is over. */
  failed(error: ClientError): void
}

export interface Subscriptions extends LinkUser {
  /** Adds a listener; the answer removes it. QoS: 0 unless told; the first listener's word. */
  add(topic: string, subscriber: Subscriber, qos?: 0 | 1): () => void
  /** The newest link, to publish on; undefined while there is none. */
  link(): Link | undefined
}

/** Who puts subscriptions onto links and hears what they deliver. */
export interface LinkUser {
  /** Subscribes everything on a link and delivers from it too. True when every topic was answered, granted or not. */
  attach(link: Link): Promise<boolean>
  detach(link: Link): void
  /** Takes a message from whatever link. */
  readonly deliver: (topic: string, payload: Uint8Array, correlationData?: Uint8Array) => void
}

export interface SubscriptionsOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly onProblem: (problem: Problem) => void
  readonly backoffBaseMs: number
  readonly backoffMaxMs: number
}

interface Wanted {
  readonly subscribers: Set<Subscriber>
  readonly qos: 0 | 1
  /** Links that granted it. */
  readonly on: Set<Link>
  /** The newest message seen, for listeners who come later: the broker sends a retained message once. */
  last: { readonly raw: unknown } | undefined
  failures: number
  /** What a newer link answered while an older one still has the topic. */
  denied: number | undefined
}

/** Refusals that time may cure; any other is final. */
const passing: ReadonlySet<number> = new Set([
  reasonCode.unspecified,
  reasonCode.implementationSpecific,
  reasonCode.quotaExceeded,
])

/** An empty list of wants. */
export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const wanted = new Map<string, Wanted>()
  /** Links in use, the newest last. */
  const links = new Set<Link>()
  const decoder = new TextDecoder()
  let soon: Set<string> | undefined

  function add(topic: string, subscriber: Subscriber, qos: 0 | 1 = 0): () => void {
    const known = wanted.get(topic)
    const entry: Wanted = known ?? {
      subscribers: new Set(),
      qos,
      on: new Set(),
      last: undefined,
      failures: 0,
      denied: undefined,
    }
    wanted.set(topic, entry)
    entry.subscribers.add(subscriber)
    if (!known) subscribeSoon(topic)
    else if (entry.on.size > 0) {
      queueMicrotask(() => {
        if (!entry.subscribers.has(subscriber)) return
        subscriber.subscribed()
        if (entry.last) subscriber.message(entry.last.raw)
      })
    }
    return () => {
      if (!entry.subscribers.delete(subscriber) || entry.subscribers.size > 0) return
      if (wanted.get(topic) === entry) wanted.delete(topic)
      for (const link of entry.on) link.unsubscribe([topic])
    }
  }

  /** Topics that are wanted in one go share a SUBSCRIBE, which AWS meters as one message. */
  function subscribeSoon(topic: string): void {
    if (!soon) {
      soon = new Set()
      queueMicrotask(() => {
        const topics = soon ?? []
        soon = undefined
        for (const link of links) void subscribe(link, topics)
      })
    }
    soon.add(topic)
  }

  function attach(link: Link): Promise<boolean> {
    links.add(link)
    return subscribe(link, wanted.keys())
  }

  async function subscribe(link: Link, topics: Iterable<string>): Promise<boolean> {
    const missing = [...topics]
    const parts: [0 | 1, string[]][] = []
    for (const qos of [0, 1] as const) {
      const some = missing.filter((topic) => wanted.get(topic)?.qos === qos)
      for (let at = 0; at < some.length; at += filtersPerSubscribeMax)
        parts.push([qos, some.slice(at, at + filtersPerSubscribeMax)])
    }
    const answers = await Promise.all(
      parts.map(async ([qos, part]) => {
        const codes = await link.subscribe(part, qos)
        if (!codes || !links.has(link)) return false
        for (const [index, topic] of part.entries()) {
          answered(link, topic, codes[index] ?? reasonCode.unspecified)
        }
        return true
      }),
    )
    return answers.every(Boolean)
  }

  function answered(link: Link, topic: string, code: number): void {
    const entry = wanted.get(topic)
    // Not wanted any more: its listener left while the SUBACK was on its way.
    if (!entry) link.unsubscribe([topic])
    else if (code < 0x80) {
      entry.failures = 0
      entry.denied = undefined
      entry.on.add(link)
      for (const subscriber of entry.subscribers) subscriber.subscribed()
    } else if (passing.has(code)) {
      options.clock.after(backoffMs(entry.failures++, options, options.random), () => {
        if (links.has(link)) void subscribe(link, [topic])
      })
    } else if (entry.on.size > 0) entry.denied = code
    else deny(topic, entry, code)
  }

  function deny(topic: string, entry: Wanted, code: number): void {
    wanted.delete(topic)
    const detail = `subscribing to ${topic} was denied with ${writeReasonCode(code)}`
    const error = new ClientError('SUBSCRIPTION_DENIED', detail, { reasonCode: code })
    const { subscribers } = entry
    if (![...subscribers].every(({ quiet }) => quiet))
      options.onProblem({ code: 'subscription-denied', topic, detail })
    for (const subscriber of subscribers) subscriber.failed(error)
  }

  function detach(link: Link): void {
    links.delete(link)
    for (const [topic, entry] of wanted) {
      if (!entry.on.delete(link) || entry.on.size > 0) continue
      // What comes after this may be missed, so the last message is the newest no longer.
      entry.last = undefined
      if (entry.denied !== undefined) deny(topic, entry, entry.denied)
      else for (const subscriber of entry.subscribers) subscriber.lost()
    }
  }

  function deliver(topic: string, payload: Uint8Array, correlationData?: Uint8Array): void {
    const entry = wanted.get(topic)
    if (!entry) return
    let raw: unknown
    try {
      raw = JSON.parse(decoder.decode(payload))
    } catch (cause) {
      options.onProblem({ code: 'unreadable-message', topic, detail: describeError(cause), cause })
      return
    }
    entry.last = { raw }
    for (const subscriber of entry.subscribers) subscriber.message(raw, correlationData)
  }

  return { add, attach, detach, deliver, link: () => [...links].at(-1) }
}
