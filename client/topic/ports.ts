/** What a topic needs of the client it belongs to. */
import type { Clock } from '../clock.ts'
import type { Subscriptions } from '../connection/subscriptions.ts'
import type { Problem } from '../errors.ts'
import type { History } from '../history.ts'

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
  /** Called when `settled` of a topic changed. */
  readonly changed: () => void
}
