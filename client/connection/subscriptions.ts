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
  /** A message, parsed. It may be old, doubled or out of order. */
  message(raw: unknown): void
  /** The broker granted the topic, on one more link perhaps. */
  subscribed(): void
  /** No link has the topic any more. */
  lost(): void
  /** The broker denied the topic: this subscription is over. */
  failed(error: ClientError): void
}

export interface Subscriptions {
  /** Adds a listener; the answer removes it. */
  add(topic: string, subscriber: Subscriber): () => void
  /** Subscribes everything on a link and delivers from it too. True when every topic was answered, granted or not. */
  attach(link: Link): Promise<boolean>
  detach(link: Link): void
  /** Takes a message from whatever link. */
  readonly deliver: (topic: string, payload: Uint8Array) => void
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
  /** Links that granted it. */
  readonly on: Set<Link>
  /** The newest message seen, for listeners who come later: the broker sends a retained message once. */
  last: { readonly raw: unknown } | undefined
  failures: number
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

  function add(topic: string, subscriber: Subscriber): () => void {
    const known = wanted.get(topic)
    const entry = known ?? { subscribers: new Set(), on: new Set(), last: undefined, failures: 0 }
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
      wanted.delete(topic)
      for (const link of entry.on) link.unsubscribe([topic])
    }
  }

  /** Topics that are wanted in one go share a SUBSCRIBE, which AWS meters as one message. */
  function subscribeSoon(topic: string): void {
    if (soon) {
      soon.add(topic)
      return
    }
    const topics = (soon = new Set([topic]))
    queueMicrotask(() => {
      soon = undefined
      for (const link of links) void subscribe(link, [...topics])
    })
  }

  async function attach(link: Link): Promise<boolean> {
    links.add(link)
    return subscribe(link, [...wanted.keys()])
  }

  async function subscribe(link: Link, topics: readonly string[]): Promise<boolean> {
    const missing = topics.filter((topic) => wanted.has(topic))
    const parts: string[][] = []
    for (let at = 0; at < missing.length; at += filtersPerSubscribeMax)
      parts.push(missing.slice(at, at + filtersPerSubscribeMax))
    const answers = await Promise.all(
      parts.map(async (part) => {
        const codes = await link.subscribe(part)
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
      entry.on.add(link)
      for (const subscriber of entry.subscribers) subscriber.subscribed()
    } else if (passing.has(code)) {
      options.clock.after(backoffMs(entry.failures++, options, options.random), () => {
        if (links.has(link)) void subscribe(link, [topic])
      })
    } else deny(topic, entry, code)
  }

  function deny(topic: string, entry: Wanted, code: number): void {
    wanted.delete(topic)
    const detail = `subscribing to ${topic} was denied with ${writeReasonCode(code)}`
    const error = new ClientError('SUBSCRIPTION_DENIED', detail, { reasonCode: code })
    options.onProblem({ code: 'subscription-denied', topic, detail })
    for (const subscriber of entry.subscribers) subscriber.failed(error)
  }

  function detach(link: Link): void {
    links.delete(link)
    for (const entry of wanted.values()) {
      if (!entry.on.delete(link) || entry.on.size > 0) continue
      // What comes after this may be missed, so the last message is the newest no longer.
      entry.last = undefined
      for (const subscriber of entry.subscribers) subscriber.lost()
    }
  }

  function deliver(topic: string, payload: Uint8Array): void {
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
    for (const subscriber of entry.subscribers) subscriber.message(raw)
  }

  return { add, attach, detach, deliver }
}
