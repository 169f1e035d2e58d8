/** A page of React components, as an application has them: two that share a total, a feed, the connection; in StrictMode. */
import { createElement as h, type ReactNode, StrictMode, useState } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { connect } from '../../../client/index.ts'
import { FanfareProvider } from '../../../client/react/index.ts'
import { Campaign } from './react-campaign.ts'

const query = new URLSearchParams(location.search)
const campaignId = query.get('campaign') ?? ''
const counts = { clients: 0, open: 0 }
Object.assign(globalThis, { counts })

function makeClient(): ReturnType<typeof connect> {
  counts.clients++
  counts.open++
  const client = connect({ api: query.get('api') ?? '', onProblem: () => {} })
  const close = (): void => {
    counts.open--
    client.close()
  }
  // Not copied: `status` is read when it is asked for.
  return Object.create(client, { close: { value: close } }) as typeof client
}

function App(): ReactNode {
  const [shown, setShown] = useState(true)
  const toggle = h('button', { id: 'toggle', onClick: () => setShown(!shown) }, 'toggle')
  return h('main', null, toggle, shown ? h(Provided) : null)
}

const Provided = (): ReactNode => h(FanfareProvider, { client: makeClient }, h(Campaign, { campaignId }))

const root = document.querySelector('#root')
if (!root) throw new Error('the page has no #root')
const tree = h(StrictMode, null, h(App))
// Rendered on a server, or here.
if (root.firstChild) hydrateRoot(root, tree)
else createRoot(root).render(tree)
