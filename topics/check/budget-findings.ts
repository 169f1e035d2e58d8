/**
 * Contracts whose declared load costs more than their budget.
 *
 * @module
 */
import type { TopicContract } from '../contract/contract.ts'
import { type ContractEstimate, estimate } from '../cost/estimate.ts'
import type { Month } from '../cost/month.ts'
import { totalUnits } from '../cost/units.ts'
import { dollarsText, numberText } from '../cost/words.ts'
import type { Finding } from './finding.ts'
import type { LocatedContract } from './located-contract.ts'

/** Each contract over its `budgetPerMonth`, with the sum. Throws RangeError for a Region without prices. */
export function budgetFindings(contracts: readonly LocatedContract[], month: Month): readonly Finding[] {
  if (contracts.every(({ contract }) => contract.budgetPerMonth === undefined)) return []
  const byTopic = new Map(estimate(month).contracts.map((one) => [one.topic, one]))
  return contracts.flatMap((located): Finding[] => {
    const { contract, file } = located
    const cost = byTopic.get(contract.topic)
    if (contract.budgetPerMonth === undefined || !cost || cost.dollars <= contract.budgetPerMonth) return []
    return [
      {
        level: 'error',
        code: 'OVER_BUDGET',
        file,
        line: located.lineOf('budgetPerMonth'),
        topic: contract.topic,
        problem: `${costText(cost, contract)} = ${dollarsText(cost.dollars)} a month in ${month.region}, and budgetPerMonth is ${dollarsText(contract.budgetPerMonth)}`,
        remedy:
          'slow the pace, expect less in load, or raise budgetPerMonth; `fanfare cost` shows what each would do',
      },
    ]
  })
}

function costText({ messages, units, connectionMinutes }: ContractEstimate, contract: TopicContract): string {
  return `${numberText(messages)} messages to ${numberText(contract.load.audience)} people are ${numberText(totalUnits(units))} units with their joins, and ${numberText(connectionMinutes)} connection minutes`
}
