import type { IPublishPacket } from 'mqtt-packet'
import { afterEach, expect, test } from 'vitest'
import { type IotCore, type IotCoreOptions, startIotCore } from './index.ts'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { connectWire, type WireClient } from './testing/wire-client.ts'

let iot: IotCore
let clock: ManualClock

async function start(options: Partial<IotCoreOptions> = {}): Promise<void> {
  clock = manualClock()
  iot = await startIotCore({
    port: 0,
    dataFile: ':memory:',
    authorizers: [],
    anonymous: true,
    clock,
    ...options,
  })
}

afterEach(() => iot.close())

async function subscriber(version: 4 | 5, qos: 0 | 1 = 0, filter = '#'): Promise<WireClient> {
  const client = await connectWire(iot.url, version, { clientId: `subscriber${version}` })
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos }] })
  await client.next()
  return client
}

// docs/aws-iot-core.md §2.2
test('drops what is over 100 publishes a second and connection, in and out, and says nothing', async () => {
  await start()
  const hearing = await subscriber(4)
  for (let at = 0; at < 130; at += 1) iot.publish('a', Buffer.from(`${at}`))
  clock.advance(1000)
  iot.publish('a', Buffer.from('later'))
  const payloads: string[] = []
  do payloads.push(String(((await hearing.next()) as IPublishPacket).payload))
  while (payloads.at(-1) !== 'later')
  expect(payloads).toHaveLength(101)
  expect(iot.stats()).toMatchObject({ drops: { rate: 30 }, quotaHits: { publishPerConnection: 30 } })
})

test('quotas only counted refuse nothing', async () => {
  await start({ quotas: 'count' })
  await subscriber(4)
  for (let at = 0; at < 130; at += 1) iot.publish('a', Buffer.from('x'), { retain: true })
  expect(iot.stats()).toMatchObject({
    deliveries: 130,
    quotaHits: { publishPerConnection: 30, retainedPerTopic: 129 },
  })
})

// docs/aws-iot-core.md §12.5
test('overlapping filters bring one copy, at the higher QoS', async () => {
  await start()
  const client = await connectWire(iot.url, 5)
  const subscriptions = [
    { topic: 'a/b', qos: 0 as const },
    { topic: 'a/+', qos: 1 as const },
    { topic: '#', qos: 0 as const },
  ]
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions })
  await client.next()
  iot.publish('a/b', Buffer.from('x'), { qos: 1 })
  iot.publish('a/c', Buffer.from('y'))
  expect(await client.next()).toMatchObject({ topic: 'a/b', qos: 1 })
  expect(await client.next()).toMatchObject({ topic: 'a/c' })
  iot.publish('a/b', Buffer.from('z'), { qos: 1 })
  expect(await client.next()).toMatchObject({ payload: Buffer.from('z'), qos: 1 })
})

test('a message that is larger than the client takes is not sent to it', async () => {
  await start()
  const client = await connectWire(iot.url, 5, { properties: { maximumPacketSize: 600 } })
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 1 }] })
  await client.next()
  iot.publish('a', Buffer.alloc(600), { qos: 1 })
  iot.publish('a', Buffer.alloc(600))
  iot.publish('a', Buffer.from('small'))
  expect(await client.next()).toMatchObject({ payload: Buffer.from('small') })
  expect(iot.stats().drops.packetSize).toBe(2)
})

// docs/aws-iot-core.md §4: 1 + 2N at QoS 1, 1 + N at QoS 0, one more to retain, steps of 5 KB.
test('meters what AWS bills', async () => {
  await start()
  const hearing = await subscriber(5, 1)
  expect(iot.stats().units).toMatchObject({ connect: 1, subscribe: 1 })
  iot.resetMeter()
  iot.publish('a', Buffer.alloc(6000), { retain: true })
  await hearing.next()
  expect(iot.stats().units).toMatchObject({
    publishIn: 2,
    retainedStore: 2,
    publishOut: 2,
    puback: 0,
    total: 6,
  })
  expect(iot.connections()[0]?.units).toMatchObject({ publishOut: 2, total: 2 })
  iot.resetMeter()
  iot.publish('a', Buffer.from('x'), { qos: 1 })
  const { messageId = 0 } = await hearing.next()
  hearing.send({ cmd: 'puback', messageId })
  hearing.send({ cmd: 'pingreq' })
  await hearing.next()
  expect(iot.stats().units).toMatchObject({ publishIn: 1, publishOut: 1, puback: 1, total: 3 })
})
