/** What `compareRuns` finds, as data. */
import type { ThresholdMetric } from '../plan.ts'

export interface ComparedFigure {
  readonly metric: ThresholdMetric
  /** Absent: the whole run. */
  readonly phase?: string
  readonly was: number | undefined
  readonly is: number | undefined
  /** `is` by `was`; undefined without both, or when it was 0. */
  readonly ratio: number | undefined
  readonly verdict: 'better' | 'worse' | 'alike'
}

export interface Comparison {
  readonly name: string
  readonly startedAt: string
  readonly figures: readonly ComparedFigure[]
}
