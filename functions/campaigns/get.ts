import { campaignTotal } from '../../topics/campaign-total.ts'
import { topicOf } from '../../topics/contract/index.ts'
import type { Head } from '../platform/live-table.ts'
import { campaignUnknown, type CampaignView, readCampaignId, viewCampaign } from './campaign.ts'

/** GET /campaigns/{campaignId}. `readHead` reads strongly. Throws ProblemError 400 or 404. */
export async function getCampaign(
  id: string | undefined,
  readHead: (topic: string) => Promise<Head | undefined>,
): Promise<CampaignView> {
  const campaignId = readCampaignId(id)
  const head = await readHead(topicOf(campaignTotal, { campaignId }))
  if (!head) throw campaignUnknown(campaignId)
  return viewCampaign(campaignId, head)
}
