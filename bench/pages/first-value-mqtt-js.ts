import { api, campaignId, iotPort, note } from './noted.ts'
import mqtt from 'mqtt'
import type { Session } from '../../client/index.ts'

const session = (await (await fetch(`${api}/session`, { method: 'POST' })).json()) as Session
const url = new URL(session.endpoint)
url.port = iotPort
url.searchParams.set('x-amz-customauthorizer-name', session.authorizer)
url.searchParams.set(session.tokenKey, session.token)
url.searchParams.set('x-amz-customauthorizer-signature', session.signature)
const client = mqtt.connect(url.href, {
  protocolVersion: 5,
  clientId: session.clientIds[0],
  clean: true,
  keepalive: 60,
})
client.on('connect', () => client.subscribe(`campaigns/${campaignId}/total`))
client.on('message', (_topic, payload) => {
  const message = JSON.parse(new TextDecoder().decode(payload)) as { data: { total: { value: number } } }
  note(message.data.total.value)
})
