/**
 * What each quota is in a Region, for an account whose quotas AWS may have raised.
 *
 * @module
 */
import { smallRegions } from '../../../topics/cost/account-quotas.ts'
import { type AdjustableQuotaId, quotaCatalogue, type QuotaId, quotaIds } from './catalogue.ts'
import type { Quota } from './quota.ts'

/**
 * The value of every quota in a Region, with those that AWS has raised for the account.
 *
 * @throws RangeError for a limit that AWS does not change, or that is no positive number
 */
export function quotaLimits(
  region: string,
  raised: Readonly<Partial<Record<AdjustableQuotaId, number>>> = {},
): Record<QuotaId, number> {
  const small = smallRegions.has(region)
  const limits = Object.fromEntries(
    quotaIds.map((id) => {
      const { value, smallValue = value }: Quota = quotaCatalogue[id]
      return [id, small ? smallValue : value]
    }),
  ) as Record<QuotaId, number>
  for (const [id, value] of Object.entries(raised)) {
    const quota: Quota | undefined = quotaCatalogue[id as QuotaId]
    if (!quota?.adjustable)
      throw new RangeError(
        `quotaLimits.${id}: expected a quota that AWS adjusts: ${quotaIds.filter((each) => quotaCatalogue[each].adjustable).join(', ')}`,
      )
    if (!(value > 0)) throw new RangeError(`quotaLimits.${id}: expected a number above 0, got ${value}`)
    limits[id as QuotaId] = value
  }
  return limits
}
