import { type AccountQuotaId, accountQuotaIds } from '../topics/cost/account-quotas.ts'
import { countMax } from '../topics/cost/scenario-schema.ts'
import { UsageError } from './command.ts'

/** Reads `--quota NAME=N`. Throws UsageError for a name or number that makes no sense. */
export function readQuotas(given: readonly string[]): Partial<Record<AccountQuotaId, number>> {
  const raised: Partial<Record<AccountQuotaId, number>> = {}
  for (const one of given) {
    const [, name = '', value = ''] = /^(\w+)=(\d+)$/.exec(one) ?? []
    const id = accountQuotaIds.find((known) => known === name)
    if (!id || Number(value) === 0 || Number(value) > countMax) {
      throw new UsageError(
        `--quota ${one}: expected NAME=N with a name of ${accountQuotaIds.join(', ')} and a whole number from 1 to ${countMax}`,
      )
    }
    raised[id] = Number(value)
  }
  return raised
}
