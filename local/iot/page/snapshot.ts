/**
 * What `/_fanfare/iot` tells: the broker's state in lists that are bounded, each with its total.
 *
 * @module
 */
import type { Broker } from '../broker.ts'
import type { DenialCount, RecentDenial } from '../denials.ts'
import type { Client } from '../model.ts'
import type { QuotaUse } from '../quotas/quota-keeper.ts'
import type { RuleStats } from '../rules/rules-engine.ts'
import { connectionOf, type ConnectionStats, type IotStats, statsOf } from '../stats.ts'

/** The first of a list, and how many there are. */
export interface Bounded<Item> {
  readonly total: number
  readonly first: readonly Item[]
}

export interface Snapshot {
  /** Ms since 1970. */
  readonly at: number
  /** Whose quotas hold. */
  readonly region: string
  readonly quotaMode: 'enforce' | 'count' | 'off'
  readonly stats: IotStats
  /** The first of `stats.connections`. */
  readonly connections: readonly ConnectionStats[]
  readonly subscriptions: Bounded<SubscribedFilter>
  readonly retained: Bounded<RetainedSummary>
  /** The newest first. */
  readonly denials: Bounded<RecentDenial>
  /** All of them since the broker started, the most frequent reason first. */
  readonly denialsByReason: readonly DenialCount[]
  readonly quotas: readonly QuotaUse[]
  readonly rules: readonly RuleStats[]
}

/** A topic filter and how many sessions have it; the most subscribed first. */
export interface SubscribedFilter {
  readonly filter: string
  readonly subscribers: number
}

export interface RetainedSummary {
  readonly topic: string
  readonly bytes: number
  readonly qos: number
  /** Ms since 1970. */
  readonly lastModifiedAt: number
  /** The beginning of the payload as text. */
  readonly preview: string
}

export interface SnapshotQuery {
  /** Items of each list at most. Default: 200. */
  readonly limit?: number
  /** Client IDs whose connections alone are told. Default: the first of all. */
  readonly clientIds?: readonly string[]
}

const limitDefault = 200
const limitMost = 10_000
/** Sessions whose subscriptions are counted: a page that is open must not slow the broker. */
const sessionsCounted = 20_000
const previewCharacters = 200

/** A snapshot; it does not change afterwards. */
export function snapshotOf(broker: Broker, query: SnapshotQuery = {}): Snapshot {
  const now = broker.settings.clock.now()
  const limit = Math.min(query.limit ?? limitDefault, limitMost)
  const stats = statsOf(broker)
  const denials = broker.denials.list()
  return {
    at: now,
    region: broker.quotas.region,
    quotaMode: broker.settings.quotas,
    stats,
    connections: clientsToTell(broker, limit, query.clientIds).map(connectionOf),
    subscriptions: subscribedFilters(broker, limit),
    retained: { total: broker.retained.size, first: retainedMessages(broker, limit, now) },
    denials: { total: denials.length, first: denials.slice(0, limit) },
    denialsByReason: broker.denials.byReason(),
    quotas: broker.quotas.use(now, {
      connections: broker.connections.size,
      subscriptionsPerAccount: stats.subscriptions,
      retainedMessages: stats.retainedMessages,
    }),
    rules: broker.rules.stats(),
  }
}

function clientsToTell(broker: Broker, limit: number, clientIds?: readonly string[]): Client[] {
  if (clientIds)
    return clientIds.flatMap((clientId) => broker.sessions.get(clientId)?.client ?? []).slice(0, limit)
  const clients: Client[] = []
  for (const { phase } of broker.connections) {
    if (clients.length >= limit) break
    if (phase.status === 'open') clients.push(phase.client)
  }
  return clients
}

function subscribedFilters(broker: Broker, limit: number): Bounded<SubscribedFilter> {
  const counts = new Map<string, number>()
  let sessions = 0
  for (const { subscriptions } of broker.sessions.values()) {
    sessions += 1
    if (sessions > sessionsCounted) break
    for (const filter of subscriptions.keys()) counts.set(filter, (counts.get(filter) ?? 0) + 1)
  }
  const all = Array.from(counts, ([filter, subscribers]) => ({ filter, subscribers }))
  all.sort((one, other) => other.subscribers - one.subscribers || (one.filter < other.filter ? -1 : 1))
  return { total: all.length, first: all.slice(0, limit) }
}

function retainedMessages(broker: Broker, limit: number, now: number): RetainedSummary[] {
  return broker.retained.list('', Math.min(limit, limitDefault), now).map((summary) => ({
    topic: summary.topic,
    bytes: summary.payloadBytes,
    qos: summary.qos,
    lastModifiedAt: summary.lastModifiedAt,
    preview: previewOf(broker.retained.get(summary.topic, now)?.message.payload),
  }))
}

function previewOf(payload: Buffer = Buffer.alloc(0)): string {
  // A character takes four bytes at most.
  return payload.toString('utf8', 0, previewCharacters * 4).slice(0, previewCharacters)
}
