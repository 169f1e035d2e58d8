/**
 * What is heard of a client: IoT Core's lifecycle events from the queue, and what a look at the connection found.
 * docs/aws-iot-core.md §8.
 *
 * @module
 */
import * as v from 'valibot'
import type { WatchedTopics } from './watched-topics.ts'

interface Client {
  readonly principal: string
  /** Which of the principal's client IDs: the digit it ends in. */
  readonly slot: Slot
  /** Ms since 1970: when it happened, by IoT Core's clock; of a check, when it was asked for, by ours. */
  readonly at: number
}

/** A principal's client IDs end in these: topics/contract/policy.ts. */
export const slots = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const
export type Slot = (typeof slots)[number]

export type PresenceEvent = Client &
  (
    | {
        readonly kind: 'subscribed' | 'unsubscribed'
        /** The connection's, for its life. */
        readonly session: string
        /** Only those that are counted; never empty. */
        readonly topics: readonly string[]
      }
    | { readonly kind: 'disconnected'; readonly session: string }
    | {
        readonly kind: 'checked'
        /** The connection there is: since when (ms since 1970), and what it hears. Undefined: there is none. */
        readonly connection: { readonly since: number; readonly topics: readonly string[] } | undefined
      }
  )

/** Subscriptions that a connection may have at most, several times over: AWS has raised the quota for some. docs/aws-iot-core.md §3. */
const topicsMax = 1_000

const word = v.pipe(v.string(), v.maxLength(256))
const bodySchema = v.object({
  // AWS allows 128 bytes.
  clientId: v.pipe(v.string(), v.maxLength(128)),
  eventType: v.picklist(['subscribed', 'unsubscribed', 'disconnected']),
  sessionIdentifier: v.pipe(word, v.nonEmpty()),
  timestamp: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  topics: v.optional(v.pipe(v.array(word), v.maxLength(topicsMax)), []),
})

/**
 * An event that matters to the count, from a message's body; undefined for one that does not: another kind of client, or
 * topics that nobody counts. Throws what the schema throws for what is no lifecycle event.
 */
export function readPresenceEvent(body: string, watched: WatchedTopics): PresenceEvent | undefined {
  const {
    clientId,
    eventType,
    sessionIdentifier: session,
    timestamp: at,
    topics,
  } = v.parse(bodySchema, JSON.parse(body))
  const dash = clientId.length - 2
  const principal = clientId.slice(0, dash)
  const slot = slots.find((digit) => clientId.endsWith(digit))
  if (slot === undefined || clientId[dash] !== '-' || !/^[A-Za-z0-9]+$/.test(principal)) return undefined
  if (eventType === 'disconnected') return { kind: eventType, principal, slot, at, session }
  const counted = topics.filter((topic) => watched(topic) !== undefined)
  if (counted.length === 0) return undefined
  return { kind: eventType, principal, slot, at, session, topics: counted }
}
