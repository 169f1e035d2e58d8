/** Somebody who looks at a campaign: the real client, and what it was told. */
import { connect } from '../../client/index.ts'
import { campaignDonations } from '../../topics/campaign-donations.ts'
import { campaignTotal } from '../../topics/campaign-total.ts'

export interface TestViewer extends AsyncDisposable {
  /** Totals in the order they were shown. */
  readonly totals: readonly number[]
  readonly total: number | undefined
  /** Sequences shown, and the gaps told, in order. */
  readonly seen: readonly (
    | { readonly sequence: number; readonly donationId: string }
    | { readonly from: number; readonly to: number }
  )[]
  close(): Promise<void>
}

export function testViewer(site: string, campaignId: string, last = 1000): TestViewer {
  const client = connect({
    api: site,
    backoffBaseMs: 50,
    backoffMaxMs: 500,
    recoveryJitterMs: 50,
    onProblem: () => {},
  })
  const totals: number[] = []
  const seen: ({ sequence: number; donationId: string } | { from: number; to: number })[] = []
  const total = client.state(
    campaignTotal,
    { campaignId },
    { onValue: (value) => totals.push(value.total.value) },
  )
  const feed = client.feed(campaignDonations, { campaignId }, { last })
  const reading = (async () => {
    for await (const event of feed) {
      if (event.kind === 'entry') seen.push({ sequence: event.sequence, donationId: event.value.donationId })
      if (event.kind === 'gap') seen.push({ from: event.from, to: event.to })
    }
  })()
  const close = async (): Promise<void> => {
    client.close()
    await reading
  }
  return {
    totals,
    seen,
    get total() {
      return total.current?.total.value
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The sequences that were shown or told as a gap; throws at one that came twice, or out of order. */
export function accountedFor(seen: TestViewer['seen']): {
  readonly shown: number
  readonly gaps: number
  readonly upTo: number
} {
  let upTo: number | undefined
  let shown = 0
  let gaps = 0
  for (const event of seen) {
    const [from, to] = 'sequence' in event ? [event.sequence, event.sequence] : [event.from, event.to]
    if (upTo !== undefined && from !== upTo + 1) throw new Error(`after ${upTo} came ${from}`)
    upTo = to
    if ('sequence' in event) shown++
    else gaps += to - from + 1
  }
  return { shown, gaps, upTo: upTo ?? 0 }
}
