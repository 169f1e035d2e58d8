import * as v from 'valibot'
import { anyone, feed } from './contract/index.ts'
import { moneySchema } from './schemas/money.ts'

export const campaignDonationSchema = v.object({
  donationId: v.string(),
  amount: moneySchema,
  /** As the donor gave it; absent for an anonymous gift. Text, never markup. */
  name: v.optional(v.string()),
  comment: v.optional(v.string()),
  /** When the donation was accepted, RFC 3339. */
  at: v.string(),
})

export type CampaignDonation = v.InferOutput<typeof campaignDonationSchema>

/** Every donation of a campaign, in the order it was recorded. Written by functions/donations/ledger. */
export const campaignDonations = feed({
  topic: 'campaigns/{campaignId}/donations',
  entry: campaignDonationSchema,
  subscribe: anyone,
  overflow: 'gap',
})
