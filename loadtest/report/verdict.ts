import type { LoadOutcome } from '../outcome.ts'
import { type Threshold, thresholdMetrics } from '../plan.ts'
import { type Measured, metricValue } from './metrics.ts'
import { unitText } from './words.ts'

/** Whether a threshold held. */
export interface Verdict {
  readonly threshold: Threshold
  /** `delivery p99 in peak ≤ 500 ms` */
  readonly text: string
  /** In the metric's unit; absent when nothing was measured, and then it did not hold. */
  readonly value?: number
  /** What it was compared with. */
  readonly bound?: number
  readonly held: boolean
  /** Why there is no value. */
  readonly why?: string
}

/** A verdict for each threshold of the plan. */
export function verdicts(outcome: LoadOutcome, dollars: number): readonly Verdict[] {
  return outcome.plan.thresholds.flatMap((threshold) => [
    ...one(threshold, 'atMost', outcome, dollars),
    ...one(threshold, 'atLeast', outcome, dollars),
    ...one(threshold, 'atMostTimes', outcome, dollars),
  ])
}

function one(
  threshold: Threshold,
  side: 'atMost' | 'atLeast' | 'atMostTimes',
  outcome: LoadOutcome,
  dollars: number,
): readonly Verdict[] {
  const { metric, topic, phase, atMostTimes } = threshold
  if (threshold[side] === undefined) return []
  const measured = measuredIn(outcome, phase, dollars)
  const value = measured && metricValue(metric, measured, topic)
  const where = `${topic === undefined ? '' : ` of ${topic}`}${phase === undefined ? '' : ` in “${phase}”`}`
  const { unit } = thresholdMetrics[metric]
  if (side !== 'atMostTimes') {
    const bound = threshold[side] ?? 0
    const text = `${metric}${where} ${side === 'atMost' ? '≤' : '≥'} ${unitText(bound, unit)}`
    const held = value !== undefined && (side === 'atMost' ? value <= bound : value >= bound)
    return [verdict(threshold, text, value, bound, held)]
  }
  const { times, ofPhase } = atMostTimes ?? { times: 1, ofPhase: '' }
  const before = measuredIn(outcome, ofPhase, dollars)
  const base = before && metricValue(metric, before, topic)
  const bound = base === undefined ? undefined : base * times
  const text = `${metric}${where} ≤ ${times} × “${ofPhase}”${bound === undefined ? '' : ` (${unitText(bound, unit)})`}`
  return [
    verdict(threshold, text, value, bound, value !== undefined && bound !== undefined && value <= bound),
  ]
}

function verdict(
  threshold: Threshold,
  text: string,
  value: number | undefined,
  bound: number | undefined,
  held: boolean,
): Verdict {
  return {
    threshold,
    text,
    held,
    ...(value === undefined ? { why: 'nothing was measured' } : { value }),
    ...(bound === undefined ? { why: 'there is nothing to compare with' } : { bound }),
  }
}

function measuredIn(outcome: LoadOutcome, phase: string | undefined, dollars: number): Measured | undefined {
  if (phase === undefined) return { figures: outcome.total, durationMs: outcome.durationMs, dollars }
  const found = outcome.phases.find(({ name }) => name === phase)
  return found && { figures: found, durationMs: found.durationMs }
}
