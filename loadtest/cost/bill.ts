/**
 * What AWS charges for a load test: messages of 5 KB and connection minutes, at the Region's prices.
 *
 * @module
 */
import { leftOut, messageDollars, pricesOf } from '../../topics/cost/prices.ts'
import { totalUnits, type Units } from '../../topics/cost/units.ts'

export interface Bill {
  readonly region: string
  readonly units: Units
  readonly connectionMinutes: number
  /** US dollars. */
  readonly dollars: { readonly messages: number; readonly connectionMinutes: number; readonly total: number }
  /** `planned`: before the run. `metered`: by the local broker's meter. `counted`: from what the tester sent and received. */
  readonly from: 'planned' | 'metered' | 'counted'
  readonly leftOut: readonly string[]
}

/** Prices what was used, at the first tier. Throws RangeError for a Region without prices. */
export function billOf(region: string, units: Units, connectionMinutes: number, from: Bill['from']): Bill {
  const prices = pricesOf(region)
  const messages = messageDollars(totalUnits(units), prices.messageTiers)
  const minutes = (connectionMinutes / 1e6) * prices.connectionMinutesPerMillion
  return {
    region,
    units,
    connectionMinutes,
    dollars: { messages, connectionMinutes: minutes, total: messages + minutes },
    from,
    leftOut: ['Lambda', ...leftOut],
  }
}
