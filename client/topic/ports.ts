/** What a topic needs of the client it belongs to. */
import type { Clock } from '../clock.ts'
import type { Subscriptions } from '../connection/subscriptions.ts'
import type { Problem } from '../errors.ts'
import type { History } from '../history.ts'
import type { Session } from '../session.ts'

export interface TopicPorts {
  readonly clock: Clock
  readonly random: () => number
  readonly subscriptions: Subscriptions
  readonly history: History
  readonly onProblem: (problem: Problem) => void
  readonly headWaitMs: number
  readonly reorderWaitMs: number
  readonly recoveryJitterMs: number
  readonly bufferEntries: number
  readonly backoffBaseMs: number
  readonly backoffMaxMs: number
  /** Topics in use: whether each is settled makes the client's status, and they end with the client. */
  readonly topics: Set<{ readonly settled: () => boolean; readonly close: () => void }>
  /** Called when a topic came, went or settled. */
  readonly changed: () => void
}

/** What a signal and a request need. */
export interface SignalPorts extends Pick<TopicPorts, 'clock' | 'subscriptions' | 'onProblem' | 'topics'> {
  /** A session that lasts: the connection's, or another. Rejects with what the session callback does. */
  readonly lastingSession: () => Promise<Session>
}
