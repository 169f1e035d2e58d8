import type { QuotaId } from './quotas/catalogue.ts'

/** What the broker counts while it runs. */
export interface Counters {
  /** Messages published, by clients and by the data plane. */
  publishes: number
  deliveries: number
  /** Operations that a policy refused. */
  denials: number
  /** CONNECTs refused. */
  refusedConnects: number
  drops: {
    /** QoS 0 deliveries to a reader that was too slow. */
    slowReader: number
    /** Deliveries and publishes over a connection's rate. */
    rate: number
    /** Packets larger than the client takes. */
    packetSize: number
    /** QoS 1 messages over what is stored for a session, or never acknowledged. */
    queue: number
    /** Messages whose expiry came first. */
    expired: number
    /** By a fault. */
    fault: number
  }
  /** Readers disconnected for being slow. */
  slowDisconnects: number
  /** Times over a quota, refused or not. */
  readonly quotaHits: Readonly<Record<QuotaId, number>>
}

/** Zeros, with the hits that the broker's quotas count. */
export function newCounters(quotaHits: Counters['quotaHits']): Counters {
  return {
    publishes: 0,
    deliveries: 0,
    denials: 0,
    refusedConnects: 0,
    drops: { slowReader: 0, rate: 0, packetSize: 0, queue: 0, expired: 0, fault: 0 },
    slowDisconnects: 0,
    quotaHits,
  }
}
