/**
 * Over how long everybody comes back after everybody was cut off at once.
 *
 * @module
 */
import type { TopicContract } from '../contract/contract.ts'
import { accountQuotaValues } from './account-quotas.ts'
import { declaredMonth } from './month.ts'
import { quotaUse } from './quota-use.ts'

/** Who comes back. */
export interface Crowd {
  readonly connections: number
  /** Of all of them together. */
  readonly subscriptions: number
}

/** What the account may do in a second. */
export interface ReturnQuotas {
  readonly connects: number
  readonly subscribes: number
}

/** In reserve for the unevenness of chance: seven tenths. With two fifths one second of the bench went over its quota (`npm run bench -- stampede`). */
const reserve = 1.7

/** How long the crowd's CONNECTs and SUBSCRIBEs take at these quotas, with a reserve, ms. */
export function reconnectSpreadMs(crowd: Crowd, quotas: ReturnQuotas): number {
  const seconds = Math.max(crowd.connections / quotas.connects, crowd.subscriptions / quotas.subscribes)
  return Math.ceil(seconds * reserve * 1000)
}

/** The same for the audience that the contracts declare, in a Region, with the quotas that AWS has raised. */
export function declaredSpreadMs(
  contracts: readonly TopicContract[],
  region: string,
  raised: Partial<ReturnQuotas> = {},
): number {
  const uses = quotaUse(declaredMonth(contracts, { region }))
  const used = (id: string): number => uses.find((use) => use.id === id)?.used ?? 0
  return reconnectSpreadMs(
    { connections: used('connections'), subscriptions: used('subscriptions') },
    accountQuotaValues(region, raised),
  )
}
