import * as v from 'valibot'
import { anyone, state } from './contract/index.ts'
import { moneySchema } from './schemas/money.ts'
import { line } from './schemas/text.ts'

export const campaignTotalSchema = v.object({
  /** The campaign's name, for people. */
  name: line(200),
  total: moneySchema,
  /** How many donations the total holds. */
  donations: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** What the campaign hopes for, in minor units of the total's currency. */
  goal: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
})

/** What a campaign has raised so far. Written by functions/donations/ledger and functions/campaigns. */
export const campaignTotal = state({
  topic: 'campaigns/{campaignId}/total',
  payload: campaignTotalSchema,
  subscribe: anyone,
  // A telethon's busiest six hours (data/README.md), for as long as its gifts would take at that rate.
  load: { audience: 5000, rate: 0.25, hoursPerMonth: 32 },
  budgetPerMonth: 500,
})
