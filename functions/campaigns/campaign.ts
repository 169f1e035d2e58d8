/**
 * A campaign: what staff write, what everyone reads.
 *
 * @module
 */
import { campaignTotal } from '../../topics/campaign-total.ts'
import { parameterPattern } from '../../topics/contract/pattern.ts'
import { type Head, headValue } from '../platform/live-table.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'

/** `GET /campaigns/{campaignId}`; design.md's fixed points, and the goal. */
export interface CampaignView {
  readonly campaignId: string
  readonly name: string
  readonly total: { readonly value: number; readonly currency: string }
  /** How many donations the total holds. */
  readonly donations: number
  readonly goal?: number
  readonly epoch: string
  readonly sequence: number
}

/** A campaign from the head of its total, so that a page and this answer cannot differ. */
export function viewCampaign(campaignId: string, head: Head): CampaignView {
  const { name, total, donations, goal } = headValue(campaignTotal, head)
  return {
    campaignId,
    name,
    total,
    donations,
    ...(goal === undefined ? {} : { goal }),
    epoch: head.epoch,
    sequence: head.sequence,
  }
}

/** The identifier in the path. Throws ProblemError 400. */
export function readCampaignId(campaignId: string | undefined): string {
  if (campaignId !== undefined && parameterPattern.test(campaignId)) return campaignId
  const problem = 'must be 1 to 64 letters, digits, - or _'
  throw new ProblemError({
    status: 400,
    code: 'campaign-id-unfit',
    title: 'The campaign identifier does not fit',
    detail: `campaignId is ${quoteValue(campaignId)} and ${problem}`,
    remedy: 'choose another identifier; it becomes part of topic names',
    errors: [{ field: 'campaignId', value: quoteValue(campaignId), problem }],
  })
}

/** 404: nobody created the campaign. */
export function campaignUnknown(campaignId: string): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'campaign-unknown',
    title: 'There is no such campaign',
    detail: `campaignId is ${quoteValue(campaignId)}, which is no campaign`,
    remedy: 'check the identifier, or have staff create it with PUT /campaigns/{campaignId}',
  })
}
