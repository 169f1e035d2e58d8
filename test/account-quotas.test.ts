import { expect, it } from 'vitest'
import {
  type Quota,
  quotaCatalogue,
  smallRegions as brokersSmallRegions,
} from '../local/iot/quotas/catalogue.ts'
import { accountQuotas, smallRegions } from '../topics/cost/account-quotas.ts'

it.each(Object.values(accountQuotas))("$name is in the broker's catalogue with the same values", (quota) => {
  const { name, value, smallValue } = quota
  const kept = Object.values<Quota>(quotaCatalogue).find((one) => one.name === name)
  expect(kept).toMatchObject({ value, smallValue, per: 'account', adjustable: true })
})

it('the smaller Regions are those of the broker', () => {
  expect([...smallRegions].toSorted()).toEqual([...brokersSmallRegions].toSorted())
})
