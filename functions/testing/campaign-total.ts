import type { PayloadOf } from '../../topics/contract/index.ts'
import type { campaignTotal } from '../../topics/campaign-total.ts'

/** The value of a campaign's total. */
export type CampaignTotal = PayloadOf<typeof campaignTotal>
