/**
 * What the application wants to hear, apart from what the network has: topics and who listens to them, put onto every
 * link that opens.
 *
 * @module
 */
import { filtersPerSubscribeMax } from '../../topics/contract/aws-limits.ts'
import type { Clock } from '../clock.ts'
import { ClientError, failure, type Problem } from '../errors.ts'
import {
  implementationSpecificError,
  isFailure,
  notAuthorized,
  quotaExceeded,
  unspecifiedError,
  writeReasonCode,
} from '../mqtt/reason-codes.ts'
import { backoffMs } from './backoff.ts'
import type { LossCode } from './loss.ts'
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
  /** Adds a listener; the answer removes it. */
  add(topic: string, subscriber: Subscriber): () => void
  /** The newest link, to publish on; undefined while there is none. */
  link(): Link | undefined
}

/** Who puts subscriptions onto links and hears what they deliver. */
export interface LinkUser {
  /** Subscribes everything on a link and delivers from it too. True when every topic was answered, granted or not. */
  attach(link: Link): Promise<boolean>
  /** `loss`: why it ended, if it was not the client who ended it. */
  detach(link: Link, loss?: LossCode): void
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
  /** Links that granted it. */
  readonly on: Set<Link>
  failures: number
  /** How often the broker ended a link for want of a right while this was asked for: some answer a denial so. */
  suspected: number
  /** The newest message seen, for listeners who come later: the broker sends a retained message once. */
  last?: { readonly raw: unknown } | undefined
  /** What the newest link answered, while an older one still has the topic perhaps. */
  denied?: number | undefined
}

/** Refusals that time may cure; any other is final. */
const passing: ReadonlySet<number> = new Set([unspecifiedError, implementationSpecificError, quotaExceeded])

/** An empty list of wants. */
export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { onProblem } = options
  const wanted = new Map<string, Wanted>()
  /** Links in use, the newest last. */
  const links = new Set<Link>()
  /** Links that the broker ended for want of a right. */
  const refusing = new WeakSet<Link>()
  const decoder = new TextDecoder()
  let soon: string[] = []

  function add(topic: string, subscriber: Subscriber): () => void {
    let entry = wanted.get(topic)
    if (!entry) {
      wanted.set(topic, (entry = { subscribers: new Set(), on: new Set(), failures: 0, suspected: 0 }))
      subscribeSoon(topic)
    } else if (entry.on.size > 0) queueMicrotask(() => catchUp(topic, subscriber))
    const { subscribers, on } = entry
    subscribers.add(subscriber)
    return () => {
      if (!subscribers.delete(subscriber) || subscribers.size > 0) return
      if (wanted.get(topic) === entry) wanted.delete(topic)
      for (const link of on) link.unsubscribe([topic])
    }
  }

  /** A late listener has what the others had. */
  function catchUp(topic: string, subscriber: Subscriber): void {
    const { subscribers, last } = wanted.get(topic) ?? {}
    if (!subscribers?.has(subscriber)) return
    subscriber.subscribed()
    if (last) subscriber.message(last.raw)
  }

  /** Topics that are wanted in one go share a SUBSCRIBE, which AWS meters as one message. */
  function subscribeSoon(topic: string): void {
    if (soon.push(topic) > 1) return
    queueMicrotask(() => {
      const topics = [...new Set(soon)].filter((each) => wanted.has(each))
      for (const link of links) void subscribe(link, topics)
      soon = []
    })
  }

  async function attach(link: Link): Promise<boolean> {
    links.add(link)
    const topics = [...wanted.keys()]
    const suspects = topics.filter((topic) => wanted.get(topic)?.suspected)
    let answered = await subscribe(
      link,
      topics.filter((topic) => !suspects.includes(topic)),
    )
    // One after the other, so that it shows which of them it is.
    for (const topic of suspects) answered = (await subscribe(link, [topic])) && answered
    return answered
  }

  async function subscribe(link: Link, topics: readonly string[]): Promise<boolean> {
    const part = topics.slice(0, filtersPerSubscribeMax)
    if (part.length === 0) return true
    if (!links.has(link)) return false
    const answer = link.subscribe(part)
    const others = subscribe(link, topics.slice(filtersPerSubscribeMax))
    const codes = await answer
    if (!codes && refusing.has(link)) suspect(part)
    if (!codes || !links.has(link)) return false
    for (const [index, topic] of part.entries()) {
      answered(link, topic, codes[index] ?? unspecifiedError)
    }
    return others
  }

  function suspect(topics: readonly string[]): void {
    for (const topic of topics) {
      const entry = wanted.get(topic)
      if (!entry) continue
      entry.suspected++
      // Once among others and twice alone, or three times alone: it is this one.
      if (entry.suspected < 3 || topics.length > 1) continue
      entry.denied = notAuthorized
      lose(topic, entry)
    }
  }

  function answered(link: Link, topic: string, code: number): void {
    const entry = wanted.get(topic)
    // Not wanted any more: its listener left while the SUBACK was on its way.
    if (!entry) link.unsubscribe([topic])
    else if (!isFailure(code)) {
      entry.failures = entry.suspected = 0
      entry.denied = undefined
      entry.on.add(link)
      for (const subscriber of entry.subscribers) subscriber.subscribed()
    } else if (passing.has(code)) {
      options.clock.after(backoffMs(entry.failures++, options, options.random), () => {
        if (links.has(link) && wanted.has(topic)) void subscribe(link, [topic])
      })
    } else if (link === newest()) {
      // The word of an older one, whose session is another, does not count.
      entry.denied = code
      lose(topic, entry)
    }
  }

  const newest = (): Link | undefined => [...links].at(-1)

  /** Tells it when no link has the topic: another will, or it was denied. */
  function lose(topic: string, { on, denied, subscribers }: Wanted): void {
    if (on.size > 0) return
    if (denied === undefined) {
      for (const subscriber of subscribers) subscriber.lost()
      return
    }
    wanted.delete(topic)
    const detail = `${topic} was denied with ${writeReasonCode(denied)}`
    const error = new ClientError('SUBSCRIPTION_DENIED', detail, { reasonCode: denied })
    for (const subscriber of subscribers) {
      if (!subscriber.quiet) onProblem({ code: 'subscription-denied', topic, detail })
      subscriber.failed(error)
    }
  }

  function detach(link: Link, loss?: LossCode): void {
    links.delete(link)
    if (loss === 'session-refused') refusing.add(link)
    for (const [topic, entry] of wanted) {
      if (!entry.on.delete(link) || entry.on.size > 0) continue
      // What comes after this may be missed, so the last message is the newest no longer.
      entry.last = undefined
      lose(topic, entry)
    }
  }

  function deliver(topic: string, payload: Uint8Array, correlationData?: Uint8Array): void {
    const entry = wanted.get(topic)
    if (!entry) return
    let raw: unknown
    try {
      raw = JSON.parse(decoder.decode(payload))
    } catch (cause) {
      onProblem(failure('unreadable-message', topic, cause))
      return
    }
    // Only what has an epoch stands until the next comes; a signal is past.
    if ((raw as { epoch?: unknown } | null)?.epoch !== undefined) entry.last = { raw }
    for (const subscriber of entry.subscribers) subscriber.message(raw, correlationData)
  }

  return { add, attach, detach, deliver, link: newest }
}
