/** What the run and its threads tell each other. */
import type { EncodedHistogram } from '../histogram.ts'
import type { LoadFigures, Loss, Reason } from '../outcome.ts'
import type { LoadPlan } from '../plan.ts'
import type { ThreadHealth } from './health.ts'
import type { Ledger } from './ledger.ts'
import type { RunStart } from './run-clock.ts'

export interface WorkerData {
  readonly plan: LoadPlan
  readonly worker: number
  readonly workers: number
  readonly ledger: Ledger
}

/** A message of others, as one thread saw it. */
export interface ForeignMessage {
  readonly epoch: string
  readonly sequence: number
  readonly sentMs: number
}

export type Order =
  | { readonly kind: 'start'; readonly start: RunStart }
  /** Everybody leaves; answered by `heard`. */
  | { readonly kind: 'end' }
  /** What came to other threads, by topic; answered by `figures`. */
  | { readonly kind: 'sum'; readonly foreign: Readonly<Record<string, readonly ForeignMessage[]>> }

export type Report =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'second' } & WorkerSecond)
  | { readonly kind: 'unfit'; readonly topic: string; readonly problem: string }
  | { readonly kind: 'heard'; readonly foreign: Readonly<Record<string, readonly ForeignMessage[]>> }
  | {
      readonly kind: 'figures'
      readonly phases: readonly LoadFigures[]
      readonly losses: readonly Loss[]
      readonly delays: EncodedHistogram
    }

/** Totals so far, and the second that has passed. */
export interface WorkerSecond {
  readonly connections: number
  readonly delivered: number
  readonly missing: number
  readonly duplicated: number
  readonly reordered: number
  readonly unfit: number
  readonly refused: readonly Reason[]
  readonly disconnects: number
  readonly requestErrors: number
  readonly latencies: EncodedHistogram
  readonly health: ThreadHealth
}
