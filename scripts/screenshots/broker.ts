/** The page of IoT Core on this machine. */
import { connectAsync, type MqttClient } from 'mqtt'
import type { LocalStack } from '../../local/stack.ts'
import type { Session } from '../../topics/contract/index.ts'
import type { Camera } from './camera.ts'

/** Takes it, with a denial. */
export async function brokerPictures(take: Camera, stack: LocalStack): Promise<void> {
  if (!take.wants('iot-page')) return
  const visitor = await greedyVisitor(stack.urls.site)
  await take({
    name: 'iot-page',
    url: new URL('/_fanfare/iot', stack.urls.mqtt.replace(/^ws/, 'http')).href,
    width: 1280,
    height: 980,
    prepare: (page) => page.getByText('campaigns/#').first().waitFor(),
  })
  await visitor.endAsync(true)
}

/** A visitor who hears a campaign, and asks for every other at once: what a denial looks like. */
async function greedyVisitor(site: string): Promise<MqttClient> {
  const answer = await fetch(`${site}/session`, { method: 'POST' })
  const { endpoint, authorizer, tokenKey, token, signature, clientIds } = (await answer.json()) as Session
  const query = new URLSearchParams({
    'x-amz-customauthorizer-name': authorizer,
    'x-amz-customauthorizer-signature': signature,
    [tokenKey]: token,
  })
  const client = await connectAsync(`${endpoint}?${query.toString()}`, {
    protocolVersion: 5,
    clientId: clientIds[0],
    reconnectPeriod: 0,
  })
  await client.subscribeAsync(['campaigns/telethon/total', 'campaigns/telethon/donations'])
  await client.subscribeAsync('campaigns/#').catch(() => {
    // It is denied: that is the picture.
  })
  return client
}
