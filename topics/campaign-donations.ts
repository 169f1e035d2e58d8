import * as v from 'valibot'
import { anyone, feed } from './contract/index.ts'
import { moneySchema } from './schemas/money.ts'
import { line, lines } from './schemas/text.ts'

export const campaignDonationSchema = v.object({
  donationId: v.pipe(v.string(), v.maxLength(64)),
  amount: moneySchema,
  /** As the donor gave it; absent for an anonymous gift. Text, never markup. */
  name: v.optional(line(100)),
  comment: v.optional(lines(1000)),
  /** When the donation was accepted, RFC 3339. */
  at: v.pipe(v.string(), v.maxLength(40)),
})

export type CampaignDonation = v.InferOutput<typeof campaignDonationSchema>

/** Every donation of a campaign, in the order it was recorded. Written by functions/donations/ledger. */
export const campaignDonations = feed({
  topic: 'campaigns/{campaignId}/donations',
  entry: campaignDonationSchema,
  subscribe: anyone,
  overflow: 'gap',
  // A telethon's busiest six hours (data/README.md), for as long as its gifts would take at that rate.
  load: { audience: 5000, rate: 0.25, hoursPerMonth: 32 },
  budgetPerMonth: 500,
})
