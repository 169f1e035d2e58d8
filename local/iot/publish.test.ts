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

function publish(client: WireClient, changes: Partial<IPublishPacket> = {}): void {
  client.send({
    cmd: 'publish',
    topic: 'a',
    payload: Buffer.from('x'),
    qos: 0,
    dup: false,
    retain: false,
    ...changes,
  })
}

async function subscriber(version: 4 | 5, qos: 0 | 1 = 0, filter = '#'): Promise<WireClient> {
  const client = await connectWire(iot.url, version, { clientId: `subscriber${version}` })
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos }] })
  await client.next()
  return client
}

// docs/aws-iot-core.md §1: messages cross between versions in either direction.
test.each([
  [4, 5],
  [5, 4],
] as const)('from MQTT %i to MQTT %i, at QoS 1', async (from, to) => {
  await start()
  const hearing = await subscriber(to, 1)
  const client = await connectWire(iot.url, from)
  publish(client, { qos: 1, messageId: 5 })
  expect(await client.next()).toMatchObject({ cmd: 'puback', messageId: 5 })
  expect(await hearing.next()).toMatchObject({ topic: 'a', qos: 1, payload: Buffer.from('x') })
})

// docs/aws-iot-core.md §2.2
test('carries the MQTT 5 properties, and what is left of the expiry', async () => {
  await start()
  const hearing = await subscriber(5)
  const client = await connectWire(iot.url, 5)
  const properties = {
    payloadFormatIndicator: true,
    contentType: 'text/plain',
    responseTopic: 'answers',
    correlationData: Buffer.from([1, 2]),
    userProperties: { a: ['1', '2'], b: '3' },
    messageExpiryInterval: 60,
  }
  publish(client, { properties })
  const packet = (await hearing.next()) as IPublishPacket
  expect(packet.properties).toEqual({
    ...properties,
    userProperties: expect.objectContaining({ a: ['1', '2'], b: '3' }),
  })
})

test('topic aliases: 1 to 8, given a topic first', async () => {
  await start()
  const hearing = await subscriber(5)
  const client = await connectWire(iot.url, 5)
  publish(client, { topic: 'long/name', properties: { topicAlias: 8 } })
  publish(client, { topic: '', properties: { topicAlias: 8 } })
  expect(await hearing.next()).toMatchObject({ topic: 'long/name' })
  expect(await hearing.next()).toMatchObject({ topic: 'long/name' })
  publish(client, { properties: { topicAlias: 9 } })
  expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x94 })
})

test('QoS 2 is refused: MQTT 5 is told, 3.1.1 gets no PUBREC', async () => {
  await start()
  const five = await connectWire(iot.url, 5)
  publish(five, { qos: 2, messageId: 1 })
  expect(await five.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x9b })
  const four = await connectWire(iot.url, 4)
  publish(four, { qos: 2, messageId: 1 })
  four.send({ cmd: 'pingreq' })
  expect(await four.next()).toMatchObject({ cmd: 'pingresp' })
})

// docs/aws-iot-core.md §2.1, §12.2
test('a payload over 128 KB ends the connection', async () => {
  await start()
  const client = await connectWire(iot.url, 5)
  publish(client, { payload: Buffer.alloc(128 * 1024), qos: 1, messageId: 1 })
  expect(await client.next()).toMatchObject({ cmd: 'puback', reasonCode: 0 })
  publish(client, { payload: Buffer.alloc(128 * 1024 + 1), qos: 1, messageId: 2 })
  expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x97 })
})

// docs/aws-iot-core.md §12.1, §12.13
test.each(['$aws/x', 'a/+', 'x'.repeat(257)])('refuses to publish to %s', async (topic) => {
  await start()
  const five = await connectWire(iot.url, 5)
  publish(five, { topic, qos: 1, messageId: 1 })
  expect(await five.next()).toMatchObject({ cmd: 'puback', reasonCode: 0x90 })
  publish(five, { topic })
  expect(await five.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x90 })
  const four = await connectWire(iot.url, 4)
  publish(four, { topic, qos: 1, messageId: 1 })
  await four.closed
  expect(four.received).toHaveLength(1)
})

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

// docs/aws-iot-core.md §2.4, §12.15
test('one retained publish a second and topic', async () => {
  await start()
  const client = await connectWire(iot.url, 5)
  const retain = async (topic: string): Promise<unknown> => {
    publish(client, { topic, retain: true, qos: 1, messageId: 1 })
    return client.next()
  }
  expect(await retain('a')).toMatchObject({ reasonCode: 0 })
  expect(await retain('b')).toMatchObject({ reasonCode: 0 })
  expect(await retain('a')).toMatchObject({ reasonCode: 0x97 })
  clock.advance(1000)
  expect(await retain('a')).toMatchObject({ reasonCode: 0 })
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
