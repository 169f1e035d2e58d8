import { afterEach, expect, test } from 'vitest'
import { type IotCore, startIotCore } from './index.ts'
import { bounds } from './limits.ts'
import { connectWire, type WebSocketWireClient } from './testing/wire-client.ts'

let iot: IotCore

async function subscriber(clientId: string, qos: 0 | 1): Promise<WebSocketWireClient> {
  const client = await connectWire(iot.url, 5, { clientId })
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos }] })
  await client.next()
  return client
}

afterEach(() => iot.close())

/** Publishes until `done`, giving sockets their turns. */
async function publishUntil(done: () => boolean, qos: 0 | 1): Promise<void> {
  const payload = Buffer.alloc(100 * 1024)
  for (let at = 0; at < 5000 && !done(); at += 1) {
    iot.publish('a', payload, { qos })
    await new Promise(setImmediate)
  }
}

test('a subscriber that stops reading loses QoS 0 over a bound, and nobody else does', async () => {
  iot = await startIotCore({ port: 0, dataFile: ':memory:', authorizers: [], anonymous: true, quotas: 'off' })
  const slow = await subscriber('slow', 0)
  const quick = await subscriber('quick', 0)
  slow.webSocket.pause()
  await publishUntil(() => iot.stats().drops.slowReader > 20, 0)
  const buffered = iot.connections().find(({ clientId }) => clientId === 'slow')?.bufferedBytes ?? 0
  expect(buffered).toBeGreaterThan(bounds.outboxSoftBytes)
  expect(buffered).toBeLessThan(bounds.outboxSoftBytes + 200 * 1024)
  const { deliveries, publishes, drops } = iot.stats()
  expect(deliveries + drops.slowReader).toBe(2 * publishes)
  await expect.poll(() => quick.received.length - 1).toBe(publishes)
})

test('over the second bound it is disconnected', async () => {
  iot = await startIotCore({ port: 0, dataFile: ':memory:', authorizers: [], anonymous: true, quotas: 'off' })
  const slow = await subscriber('slow', 1)
  slow.webSocket.pause()
  await publishUntil(() => iot.stats().slowDisconnects > 0, 1)
  await expect.poll(() => iot.stats().connections).toBe(0)
})
