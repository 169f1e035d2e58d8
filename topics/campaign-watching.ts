import * as v from 'valibot'
import { anyone, state } from './contract/index.ts'

export const campaignWatchingSchema = v.object({
  /** People with a page open that hears the campaign's total. */
  watching: v.pipe(v.number(), v.integer(), v.minValue(0)),
})

/** How many watch a campaign. Written by functions/live/presence. */
export const campaignWatching = state({
  topic: 'campaigns/{campaignId}/watching',
  payload: campaignWatchingSchema,
  subscribe: anyone,
  // Every message costs one for each who hears it; a longer pace would tell of people ten seconds late (docs/presence.md).
  paceSeconds: 3,
  load: { audience: 5000, rate: 0.2, hoursPerMonth: 32 },
  budgetPerMonth: 500,
})
