/** A viewer of the campaign page without the page: what it is shown, and what its messages cost. */
import { connect, type Session } from '../../client/index.ts'
import { campaignDonations } from '../../topics/campaign-donations.ts'
import { campaignTotal } from '../../topics/campaign-total.ts'

export interface Viewer {
  shown(): { readonly value: number; readonly donations: number } | undefined
  /** Entries of the feed that were shown, and those that the feed said it left out. */
  feed(): { readonly entries: number; readonly leftOut: number }
  /** What the local IoT Core metered for this viewer, or undefined against AWS. */
  metered(): Promise<MeteredViewer | undefined>
  close(): Promise<void>
}

export interface MeteredViewer {
  /** Metered units (5 KB steps) delivered to this viewer. */
  readonly units: number
  readonly messages: number
}

export function startViewer(url: string, campaignId: string): Viewer {
  let session: Session | undefined
  const client = connect({
    api: url,
    async session() {
      const answer = await fetch(`${url}/session`, { method: 'POST' })
      if (!answer.ok) throw new Error(`POST /session answered ${answer.status}: ${await answer.text()}`)
      session = (await answer.json()) as Session
      return session
    },
  })
  let entries = 0
  let leftOut = 0
  const total = client.state(campaignTotal, { campaignId })
  const feed = client.feed(campaignDonations, { campaignId }, { last: 0 })
  const reading = (async () => {
    for await (const event of feed) {
      if (event.kind === 'entry') entries++
      else if (event.kind === 'gap') leftOut += event.to - event.from + 1
    }
  })()
  return {
    shown() {
      const current = total.current
      return current && { value: current.total.value, donations: current.donations }
    },
    feed: () => ({ entries, leftOut }),
    async metered() {
      if (!session) return undefined
      const endpoint = new URL(session.endpoint)
      if (endpoint.hostname !== 'localhost' && endpoint.hostname !== '127.0.0.1') return undefined
      const query = new URLSearchParams(session.clientIds.map((clientId) => ['clientId', clientId]))
      const answer = await fetch(`http://${endpoint.host}/_fanfare/iot?${query.toString()}`)
      const { connections } = (await answer.json()) as {
        connections: { clientId: string; deliveries: number; units: { publishOut: number } }[]
      }
      const own = connections.filter(({ clientId }) => session?.clientIds.includes(clientId))
      return own.reduce<MeteredViewer>(
        (sum, { deliveries, units }) => ({
          messages: sum.messages + deliveries,
          units: sum.units + units.publishOut,
        }),
        { units: 0, messages: 0 },
      )
    },
    async close() {
      client.close()
      await reading
    },
  }
}
