import { connect } from 'node:net'
import { generate, type IPublishPacket } from 'mqtt-packet'
import { afterEach, expect, test } from 'vitest'
import { type IotCore, startIotCore } from './index.ts'
import { bounds, inFlightMax } from './limits.ts'
import { connectWire, type WebSocketWireClient } from './testing/wire-client.ts'

let iot: IotCore

async function subscriber(clientId: string, qos: 0 | 1): Promise<WebSocketWireClient> {
  const client = await connectWire(iot.url, 5, { clientId })
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos }] })
  await client.next()
  return client
}

function messagesOf({ received }: WebSocketWireClient): IPublishPacket[] {
  return received.filter((packet): packet is IPublishPacket => packet.cmd === 'publish')
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
  await expect.poll(() => messagesOf(quick).length).toBe(publishes)
})

test('over the second bound it is disconnected', async () => {
  iot = await startIotCore({ port: 0, dataFile: ':memory:', authorizers: [], anonymous: true, quotas: 'off' })
  const slow = await subscriber('slow', 1)
  slow.webSocket.pause()
  await publishUntil(() => iot.stats().slowDisconnects > 0, 1)
  await expect.poll(() => iot.stats().connections).toBe(0)
})

// docs/aws-iot-core.md §2.2: a hundred unacknowledged messages; what waits behind them is bounded here.
test('a subscriber that never acknowledges is sent its window, is kept a bounded rest, and delays nobody', async () => {
  iot = await startIotCore({ anonymous: true, quotas: 'off' })
  const silent = await subscriber('silent', 1)
  const quick = await subscriber('quick', 0)
  const published = inFlightMax + bounds.storedMessages + 50
  for (let at = 0; at < published; at += 1) {
    iot.publish('a', Buffer.from('x'), { qos: 1 })
    if (at % 100 === 0) await new Promise(setImmediate)
  }
  await expect.poll(() => messagesOf(quick).length).toBe(published)
  expect(messagesOf(silent).length).toBe(inFlightMax)
  expect(iot.stats().drops.queue).toBe(50)
})

// docs/aws-iot-core.md §2.2: packet IDs are each connection's own, also where bytes wait.
test('a slow reader of QoS 1 gets each message whole and once when it reads again', async () => {
  iot = await startIotCore({ anonymous: true, quotas: 'off' })
  const slow = await subscriber('slow', 1)
  const other = await subscriber('other', 1)
  slow.webSocket.pause()
  const published = 90
  for (let at = 0; at < published; at += 1) {
    iot.publish('a', Buffer.alloc(20_000, at), { qos: 1 })
    if (at % 7 === 0) await new Promise(setImmediate)
  }
  await expect.poll(() => messagesOf(other).length).toBe(published)
  slow.webSocket.resume()
  await expect.poll(() => messagesOf(slow).length).toBe(published)
  for (const client of [slow, other]) {
    const messages = messagesOf(client)
    expect(messages.map(({ messageId }) => messageId)).toEqual(
      Array.from({ length: published }, (_, index) => index + 1),
    )
    expect(messages.every(({ payload }, at) => Buffer.alloc(20_000, at).equals(payload as Buffer))).toBe(true)
  }
})

test('a TCP subscriber that stops reading is bounded, too', async () => {
  iot = await startIotCore({ anonymous: true, quotas: 'off', tcpPort: 0 })
  const socket = connect(iot.tcpPort ?? 0, '127.0.0.1')
  socket.write(
    Buffer.concat([
      generate({
        cmd: 'connect',
        clientId: 'tcp',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        keepalive: 60,
      }),
      generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 0 }] }),
    ]),
  )
  socket.pause()
  await expect.poll(() => iot.stats().subscriptions).toBe(1)
  await publishUntil(() => iot.stats().drops.slowReader > 20, 0)
  expect(iot.connections()[0]?.bufferedBytes).toBeLessThan(bounds.outboxSoftBytes + 200 * 1024)
  socket.destroy()
})
