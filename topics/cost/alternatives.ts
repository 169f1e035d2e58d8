/**
 * What another choice for one contract would cost instead.
 *
 * @module
 */
import { type Estimate, estimate } from './estimate.ts'
import type { ContractMonth, Month } from './month.ts'

export interface Alternative {
  readonly topic: string
  /** `QoS 1`, `a pace of 2 s`. */
  readonly what: string
  /** Of the whole month. */
  readonly dollars: number
  /** Beside the month as it is; negative for a saving. */
  readonly difference: number
}

/** Contracts that alternatives are reckoned for: those that cost most. Each alternative reckons the whole month anew. */
const contractsMax = 20

/** For each of the dearest contracts: the other QoS, slower paces, and quicker ones where AWS lets them be. */
export function alternatives({ month, contracts, dollars }: Estimate): readonly Alternative[] {
  const dearest = new Set(
    contracts
      .toSorted((a, b) => b.dollars - a.dollars)
      .slice(0, contractsMax)
      .map(({ topic }) => topic),
  )
  return month.contracts
    .filter(({ contract }) => dearest.has(contract.topic))
    .flatMap((contract) =>
      choices(contract).map(({ what, change }) => {
        const other = estimate(withContract(month, contract, change)).dollars.total
        return { topic: contract.contract.topic, what, dollars: other, difference: other - dollars.total }
      }),
    )
}

function choices({
  qos,
  paceSeconds,
  auto,
}: ContractMonth): { what: string; change: Partial<ContractMonth> }[] {
  const other = qos === 0 ? 1 : 0
  const paces = paceSeconds === 0 ? [] : [1, paceSeconds / 2, paceSeconds * 2, 10, 60]
  return [
    { what: `QoS ${other}`, change: { qos: other } },
    ...[...new Set(paces.toSorted((a, b) => a - b))]
      .filter((pace) => pace >= 1 && pace <= 3600 && pace !== paceSeconds)
      .map((pace) => ({ what: `a pace of ${pace} s`, change: { paceSeconds: pace } })),
    ...(auto
      ? [
          {
            what: `always at its pace of ${paceSeconds} s, with the outbound quota raised`,
            change: { auto: false },
          },
        ]
      : []),
  ]
}

function withContract(month: Month, contract: ContractMonth, change: Partial<ContractMonth>): Month {
  return {
    ...month,
    contracts: month.contracts.map((one) => (one === contract ? { ...one, ...change } : one)),
  }
}
