import { api, campaignId, iotPort, note } from './noted.ts'
import { connectLite } from '../../client/lite.ts'
import { campaignTotal } from '../../topics/campaign-total.ts'

const client = connectLite({
  api,
  WebSocket: class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      const slow = new URL(url)
      slow.port = iotPort
      super(slow, protocols)
    }
  },
})
client.state(campaignTotal, { campaignId }, { onValue: ({ total }) => note(total.value) })
