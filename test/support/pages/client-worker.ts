/** The client in a worker, which has no page's events; it tells whoever started it each total. */
import { connect, shareTabs } from '../../../client/index.ts'
import { campaignTotal } from '../../../topics/campaign-total.ts'

const query = new URLSearchParams(globalThis.location.search)
const campaignId = query.get('campaign') ?? ''
const told = new BroadcastChannel('told')

const client = connect({ api: query.get('api') ?? '', connection: shareTabs() })
client.state(
  campaignTotal,
  { campaignId },
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no such argument, unlike a window
  { onValue: ({ total }) => told.postMessage(total.value) },
)
