/**
 * A run beside an earlier one: the same figures of the run and of each phase that both have.
 *
 * @module
 */
import type { LoadFigures } from '../outcome.ts'
import { type ThresholdMetric, thresholdMetrics } from '../plan.ts'
import type { ComparedFigure, Comparison } from './comparison.ts'
import { metricValue } from './metrics.ts'
import type { LoadReport } from './report.ts'

type Earlier = Pick<LoadReport, 'name' | 'startedAt' | 'durationMs' | 'total' | 'phases' | 'bill'>

const compared: readonly ThresholdMetric[] = [
  'delivered per second',
  'lost',
  'duplicated',
  'reordered',
  'unfit',
  'delivery p50',
  'delivery p99',
  'delivery max',
  'shown p50',
  'shown p99',
  'current value p99',
  'back p99',
  'connect p99',
  'subscribe p99',
  'request p99',
  'request errors',
  'refused connections',
  'disconnects',
  'dollars',
]

/** Latencies within this part of each other are alike: a machine is no steadier. */
const alikeWithin = 0.1

/** And those that differ by less than this, ms. */
const alikeMs = 1

export function compareRuns(was: Earlier, is: Earlier): Comparison {
  const phases = is.phases.flatMap((phase) => {
    const earlier = was.phases.find(({ name }) => name === phase.name)
    return earlier ? [{ phase: phase.name, is: phase, was: earlier }] : []
  })
  const whole = figuresOf(
    { figures: was.total, durationMs: was.durationMs, dollars: was.bill.dollars.total },
    { figures: is.total, durationMs: is.durationMs, dollars: is.bill.dollars.total },
  )
  return {
    name: was.name,
    startedAt: was.startedAt,
    figures: [
      ...whole,
      ...phases.flatMap(({ phase, is, was }) =>
        figuresOf(
          { figures: was, durationMs: was.durationMs },
          { figures: is, durationMs: is.durationMs },
        ).map((figure): ComparedFigure => Object.assign(figure, { phase })),
      ),
    ],
  }
}

interface Side {
  readonly figures: LoadFigures
  readonly durationMs: number
  readonly dollars?: number
}

function figuresOf(before: Side, now: Side): readonly ComparedFigure[] {
  return compared.flatMap((metric) => {
    const was = metricValue(metric, before)
    const is = metricValue(metric, now)
    if (was === undefined && is === undefined) return []
    const ratio = was === undefined || is === undefined || was === 0 ? undefined : is / was
    return [{ metric, was, is, ratio, verdict: judge(metric, was, is) }]
  })
}

function judge(metric: ThresholdMetric, was = 0, is = 0): ComparedFigure['verdict'] {
  const { unit } = thresholdMetrics[metric]
  if (unit !== 'count') {
    const most = Math.max(Math.abs(was), Math.abs(is))
    if (Math.abs(is - was) <= Math.max(unit === 'ms' ? alikeMs : 0, most * alikeWithin)) return 'alike'
  }
  if (was === is) return 'alike'
  return is > was === (metric === 'delivered per second') ? 'better' : 'worse'
}
