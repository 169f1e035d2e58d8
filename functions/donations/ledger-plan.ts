/**
 * What one transaction of the ledger writes: pure, so that every rule of the total is seen here.
 *
 * @module
 */
import { type CampaignDonation, campaignDonations } from '../../topics/campaign-donations.ts'
import { campaignTotal } from '../../topics/campaign-total.ts'
import type { FeedEntry } from '../../topics/contract/index.ts'
import { readTraceparent } from '../platform/bus/trace.ts'
import { type Head, headValue, topicWriter, type TopicWrite } from '../platform/live-table.ts'
import type { AcceptedDonation } from './donation.ts'

/** Donations in one transaction at most: with a segment, two heads and two list entries it stays under AWS's 100 items. */
export const donationsPerTransaction = 90

/** Characters of a comment that the feed shows. */
export const feedCommentLength = 200

export interface CampaignHeads {
  readonly total: Head | undefined
  readonly donations: Head | undefined
}

/** A campaign as the ledger needs it. */
export interface CampaignState {
  /** What the campaign's own item says; needed only while there is no head of the total. */
  readonly campaign: { readonly name: string; readonly currency: string; readonly goal?: number } | undefined
  readonly heads: CampaignHeads
}

export type DonationStatus = 'counted' | 'unmatched'

export interface DonationRecord {
  readonly donation: AcceptedDonation
  readonly status: DonationStatus
  /** RFC 3339. */
  readonly recordedAt: string
}

export interface LedgerTransaction {
  readonly records: readonly DonationRecord[]
  readonly topics: readonly TopicWrite[]
  /** The heads once this is committed. */
  readonly after: CampaignHeads
}

/** The total would no longer be an exact integer. */
export class TotalOverflowError extends Error {
  override readonly name = 'TotalOverflowError'
  readonly code = 'TOTAL_OVERFLOW'
}

/**
 * Plans one transaction for donations of one campaign, none twice, none recorded before. Those of an unknown campaign
 * or of another currency are recorded as `unmatched`, and stand in neither feed nor total.
 */
export function planTransaction(
  state: CampaignState,
  donations: readonly AcceptedDonation[],
  recordedAt: string,
  newEpoch?: () => string,
): LedgerTransaction {
  const current = currentTotal(state)
  const counted = current
    ? donations.filter((donation) => donation.amount.currency === current.total.currency)
    : []
  const status = new Set(counted)
  const records = donations.map((donation): DonationRecord => ({
    donation,
    status: status.has(donation) ? 'counted' : 'unmatched',
    recordedAt,
  }))
  const [first] = counted
  if (!current || !first) return { records, topics: [], after: state.heads }

  const value = counted.reduce((sum, donation) => sum + donation.amount.value, current.total.value)
  if (!Number.isSafeInteger(value)) {
    throw new TotalOverflowError(
      `the total of campaign ${first.campaignId} would be ${value}, beyond exact integers: close the campaign and open another`,
    )
  }
  const next = {
    ...current,
    total: { ...current.total, value },
    donations: current.donations + counted.length,
  }
  const parameters = { campaignId: first.campaignId }
  // One message tells of many donations: it names the trace of the newest that has one.
  const trace = readTraceparent(counted.findLast(({ traceparent }) => traceparent)?.traceparent)
  const write = topicWriter({ at: recordedAt, trace, ...(newEpoch ? { newEpoch } : {}) })
  const total = write.set(campaignTotal, parameters, next, state.heads.total)
  const feed = write.append(campaignDonations, parameters, counted.map(feedEntry), state.heads.donations)
  return { records, topics: [total, feed], after: { total: total.head, donations: feed.head } }
}

/** The head's value, or a campaign's beginning. */
function currentTotal({ campaign, heads }: CampaignState) {
  if (heads.total) return headValue(campaignTotal, heads.total)
  if (!campaign) return undefined
  const { name, currency, goal } = campaign
  return {
    name,
    total: { value: 0, currency },
    donations: 0,
    ...(goal === undefined ? {} : { goal }),
  }
}

function feedEntry(donation: AcceptedDonation): FeedEntry<CampaignDonation> {
  const { donationId, amount, donor, comment, acceptedAt } = donation
  return {
    value: {
      donationId,
      amount,
      ...(donor?.name ? { name: donor.name } : {}),
      ...(comment ? { comment: shorten(comment) } : {}),
      at: acceptedAt,
    },
  }
}

/** At most `feedCommentLength` characters and an ellipsis, never half a surrogate pair. */
function shorten(comment: string): string {
  if (comment.length <= feedCommentLength) return comment
  const cut = comment.slice(0, feedCommentLength)
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`
}
