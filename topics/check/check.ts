/**
 * Everything that `fanfare check` looks at, in one call.
 *
 * @module
 */
import { checkPolicies } from '../contract/policy-check.ts'
import type { AccountQuotaId } from '../cost/account-quotas.ts'
import { changeFindings } from './changes.ts'
import { type Finding, sortFindings } from './finding.ts'
import type { LocatedContract } from './located-contract.ts'
import { loadFindings } from './load-findings.ts'
import type { Released } from './lock.ts'
import { overlapFindings } from './overlaps.ts'
import { sizeFindings } from './sizes.ts'

export interface CheckOptions {
  /** Default: that of topics/cost/prices.ts. */
  readonly region?: string
  /** Quotas that AWS has raised for the account. */
  readonly raised?: Readonly<Partial<Record<AccountQuotaId, number>>>
  /** What was released, and in which file it says so; without it nothing was. */
  readonly released?: { readonly contracts: Released; readonly file: string }
}

/** What is wrong with the contracts, errors first. Throws RangeError for a Region without prices. */
export function checkContracts(
  contracts: readonly LocatedContract[],
  options: CheckOptions = {},
): readonly Finding[] {
  return sortFindings([
    ...contracts.flatMap(sizeFindings),
    ...overlapFindings(contracts),
    ...policyFindings(contracts),
    ...loadFindings(contracts, options),
    ...(options.released ? changeFindings(contracts, options.released.contracts, options.released.file) : []),
  ])
}

function policyFindings(contracts: readonly LocatedContract[]): readonly Finding[] {
  const byTopic = new Map(contracts.map((located) => [located.contract.topic, located]))
  return checkPolicies(contracts.map(({ contract }) => contract)).flatMap(
    ({ code, topics, message, remedy }): Finding[] => {
      const located = topics.map((topic) => byTopic.get(topic)).find((found) => found !== undefined)
      const place = located ?? contracts[0]
      if (!place) return []
      return [
        {
          level: 'error',
          code,
          file: place.file,
          line: located ? located.lineOf('subscribe') : place.line,
          ...(located ? { topic: located.contract.topic } : {}),
          problem: message.replace(`. ${remedy}.`, ''),
          remedy,
        },
      ]
    },
  )
}
