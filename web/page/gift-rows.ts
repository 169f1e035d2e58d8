/**
 * The list of gifts as rows, newest first, apart from how they are drawn.
 *
 * @module
 */
import type { FeedGap, FeedItem } from '../../client/index.ts'
import type { CampaignDonation } from '../../topics/campaign-donations.ts'

export type Row =
  | {
      readonly kind: 'gift'
      readonly key: string
      readonly sequence: number
      readonly gift: CampaignDonation
    }
  | { readonly kind: 'gap'; readonly key: string; readonly count: number; readonly reason: FeedGap['reason'] }

/** Rows kept. Older gifts leave the list, whatever the pace. */
export const rowsMax = 60

/** The rows after these items, which are in order; at most `rowsMax`. */
export function addItems(rows: readonly Row[], items: readonly FeedItem<CampaignDonation>[]): readonly Row[] {
  // Oldest first while working, so that each item goes to the end.
  let kept = rows.toReversed()
  for (const item of items) {
    if (item.kind === 'entry') {
      kept.push({ kind: 'gift', key: item.value.donationId, sequence: item.sequence, gift: item.value })
    } else if (item.kind === 'retract') {
      kept = kept.filter((row) => row.kind !== 'gift' || row.sequence !== item.retracts)
    } else {
      // The list that was shown is no more; a note stands for it.
      if (item.reason === 'reset') kept = []
      const before = kept.at(-1)
      const count = item.reason === 'reset' ? 0 : item.to - item.from + 1
      const joined = before?.kind === 'gap' && before.reason === item.reason ? kept.pop() : undefined
      kept.push({
        kind: 'gap',
        key: `gap ${item.from}-${item.to}`,
        count: count + (joined?.kind === 'gap' ? joined.count : 0),
        reason: item.reason,
      })
    }
    // Cut now and then, not for each of many items.
    if (kept.length > rowsMax * 4) kept = kept.slice(-rowsMax)
  }
  return kept.slice(-rowsMax).toReversed()
}

/** What a gap says to people. */
export function describeGap(
  count: number,
  reason: FeedGap['reason'],
  formatCount: (n: number) => string,
): string {
  const gifts = count === 1 ? '1 gift' : `${formatCount(count)} gifts`
  switch (reason) {
    case 'overflow':
      return `${gifts} went by too quickly to list`
    case 'expired':
      return `${gifts} from earlier ${count === 1 ? 'is' : 'are'} no longer listed`
    case 'invalid':
      return `${gifts} could not be shown`
    case 'reset':
      return 'The list begins anew here'
  }
}
