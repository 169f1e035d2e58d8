/** A page that hears a campaign and notes everything it was told: `?api=…&campaign=…[&tabs][&short]`. */
import { connect, shareTabs, type Session } from '../../../client/index.ts'
import { campaignDonations } from '../../../topics/campaign-donations.ts'
import { campaignTotal } from '../../../topics/campaign-total.ts'

/** All that the page was told, in order. */
export interface Seen {
  readonly totals: number[]
  readonly items: ({ sequence: number; donationId: string } | { from: number; to: number })[]
  readonly statuses: string[]
  readonly problems: string[]
  /** Page shows, true for one from the back/forward cache. */
  readonly shows: boolean[]
}

const query = new URLSearchParams(location.search)
const campaignId = query.get('campaign') ?? ''
const seen: Seen = { totals: [], items: [], statuses: [], problems: [], shows: [] }
Object.assign(globalThis, { seen })
addEventListener('pageshow', ({ persisted }) => seen.shows.push(persisted))

let kept: Session | undefined
async function shortSession({ fresh }: { readonly fresh: boolean }): Promise<Session> {
  if (!kept || fresh || kept.expiresAt * 1000 < Date.now())
    kept = (await (await fetch('/short-session', { method: 'POST' })).json()) as Session
  return kept
}

const client = connect({
  api: query.get('api') ?? '',
  backoffBaseMs: 100,
  backoffMaxMs: 1000,
  recoveryJitterMs: 100,
  onProblem: ({ code, detail }) => seen.problems.push(`${code}: ${detail}`),
  ...(query.has('short') && { session: shortSession }),
  ...(query.has('tabs') && { connection: shareTabs({ key: 'visitor' }) }),
})
seen.statuses.push(client.status.state)
client.on('status', ({ state }) => seen.statuses.push(state))
client.state(campaignTotal, { campaignId }, { onValue: ({ total }) => seen.totals.push(total.value) })
client.feed(
  campaignDonations,
  { campaignId },
  {
    last: 1000,
    onItem(item) {
      if (item.kind === 'entry') {
        seen.items.push({ sequence: item.sequence, donationId: item.value.donationId })
      } else if (item.kind === 'gap') seen.items.push({ from: item.from, to: item.to })
    },
  },
)
