import { totalUnits } from '../topics/cost/units.ts'
import { dollarsText, numberText } from '../topics/cost/words.ts'
import type { Bill } from './cost/bill.ts'
import type { LoadPlan } from './plan.ts'
import { spanText } from './report/words.ts'
import { phaseRate } from './scenario/limits.ts'

/** What a plan will do and what it costs, before it begins. */
export function announcement(plan: LoadPlan, bill: Bill | undefined): string {
  const { target, phases } = plan
  const lines = [
    plan.name,
    `at ${target.httpUrl}${target.mqttUrl === undefined ? '' : ` and ${target.mqttUrl}`} (${target.kind === 'local' ? 'this machine' : 'NOT this machine'}), run ${plan.run}, seed ${plan.seed}`,
    ...phases.map((phase) => {
      const people = phase.subscribers.reduce((sum, { to }) => sum + to, 0)
      const parts = [
        `${numberText(people)} connections at its end`,
        `${numberText(Math.ceil(phaseRate(phase)))} sent in its busiest second`,
        ...phase.cuts.map(
          ({ atMs, share }) => `${Math.round(share * 100)} % cut off after ${spanText(atMs)}`,
        ),
        ...phase.floods.map(({ name, perSecond }) => `${name}: ${numberText(perSecond)} a second`),
      ]
      return `  ${phase.name}: ${spanText(phase.durationMs)}, ${parts.join(', ')}`
    }),
  ]
  if (bill) {
    const { dollars, units, region } = bill
    const whose = target.kind === 'local' ? `on AWS it would cost at most` : 'it costs at most'
    lines.push(
      `${whose} ${dollarsText(dollars.total)} in ${region} (${numberText(totalUnits(units))} messages of 5 KB, ${numberText(bill.connectionMinutes)} connection minutes)${target.kind === 'local' ? '; here it costs nothing' : ', and Lambda, tables and data transfer beside it'}`,
    )
  }
  return `${lines.join('\n')}\n`
}
