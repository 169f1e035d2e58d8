/**
 * The report of a run, as data: what the text, the page and a comparison are made of. Secrets and request bodies of the plan
 * are not in it.
 *
 * @module
 */
import type { Bill } from '../cost/bill.ts'
import type { Projection } from '../cost/projection.ts'
import type { LoadEnd, LoadOutcome } from '../outcome.ts'
import type { LoadTarget } from '../plan.ts'
import type { Comparison } from './comparison.ts'
import type { Verdict } from './verdict.ts'

/** Written into every report; a reader refuses another. */
export const reportFormat = 'fanfare-load/1'

export interface LoadReport extends Omit<LoadOutcome, 'plan'> {
  readonly format: typeof reportFormat
  readonly name: string
  readonly run: string
  readonly seed: number
  readonly aimedAt: Pick<LoadTarget, 'kind' | 'httpUrl' | 'region'> & { readonly mqttUrl?: string }
  readonly passed: boolean
  readonly verdicts: readonly Verdict[]
  readonly plannedBill: Bill | undefined
  readonly bill: Bill
  readonly projection: Projection | undefined
  readonly comparison: Comparison | undefined
}

/** The report of a run with what was reckoned from it. It passed when it came to its end and every threshold held. */
export function loadReport(
  outcome: LoadOutcome,
  made: Pick<LoadReport, 'verdicts' | 'plannedBill' | 'bill' | 'projection' | 'comparison'>,
): LoadReport {
  const { plan, ...rest } = outcome
  const { kind, httpUrl, region, mqttUrl } = plan.target
  return {
    format: reportFormat,
    name: plan.name,
    run: plan.run,
    seed: plan.seed,
    aimedAt: { kind, httpUrl, region, ...(mqttUrl === undefined ? {} : { mqttUrl }) },
    passed: outcome.ended === 'completed' && made.verdicts.every(({ held }) => held),
    ...made,
    ...rest,
  }
}

/** What the process ends with: 0 passed, 130 stopped by the person, 1 anything else. */
export function exitCodeOf({ passed, ended }: { readonly passed: boolean; readonly ended: LoadEnd }): number {
  if (passed) return 0
  return ended === 'stopped' ? 130 : 1
}
