import type { Packet } from 'mqtt-packet'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, startIotCore } from './index.ts'
import { connectWire, type WireClient } from './testing/wire-client.ts'

let iot: IotCore

beforeEach(async () => {
  iot = await startIotCore({ port: 0, dataFile: ':memory:', authorizers: [], anonymous: true, quotas: 'off' })
})

afterEach(() => iot.close())

function subscribe(
  client: WireClient,
  ...filters: (string | { topic: string; qos: 0 | 1 | 2 })[]
): Promise<Packet> {
  client.send({
    cmd: 'subscribe',
    messageId: 7,
    subscriptions: filters.map((filter) => (typeof filter === 'string' ? { topic: filter, qos: 0 } : filter)),
  })
  return client.next()
}

const versions = [4, 5] as const

// docs/aws-iot-core.md §2.3
test.each(versions)('grants filters, and delivers what they match (MQTT %i)', async (version) => {
  const client = await connectWire(iot.url, version)
  expect(await subscribe(client, 'a/+', { topic: 'b', qos: 1 })).toMatchObject({
    cmd: 'suback',
    messageId: 7,
    granted: [0, 1],
  })
  iot.publish('a/x', Buffer.from('1'))
  expect(await client.next()).toMatchObject({ topic: 'a/x', qos: 0, retain: false })
  iot.publish('b', Buffer.from('2'), { qos: 1 })
  expect(await client.next()).toMatchObject({ topic: 'b', qos: 1, dup: false })
})

test.each(versions)('a/# does not match a (MQTT %i)', async (version) => {
  const client = await connectWire(iot.url, version)
  await subscribe(client, 'a/#')
  iot.publish('a', Buffer.from('no'))
  iot.publish('a/b', Buffer.from('yes'))
  expect(await client.next()).toMatchObject({ topic: 'a/b' })
})

test('overlapping filters bring one copy, at the higher QoS', async () => {
  const client = await connectWire(iot.url, 5)
  await subscribe(client, 'a/b', { topic: 'a/+', qos: 1 })
  iot.publish('a/b', Buffer.from('x'), { qos: 1 })
  iot.publish('a/c', Buffer.from('y'))
  expect(await client.next()).toMatchObject({ topic: 'a/b', qos: 1 })
  expect(await client.next()).toMatchObject({ topic: 'a/c' })
})

test.each(versions)('hears nothing after UNSUBSCRIBE (MQTT %i)', async (version) => {
  const client = await connectWire(iot.url, version)
  await subscribe(client, 'a', 'b')
  client.send({ cmd: 'unsubscribe', messageId: 9, unsubscriptions: ['a', 'never'] })
  expect(await client.next()).toMatchObject({ cmd: 'unsuback', messageId: 9 })
  iot.publish('a', Buffer.from('no'))
  iot.publish('b', Buffer.from('yes'))
  expect(await client.next()).toMatchObject({ topic: 'b' })
  expect(iot.stats().subscriptions).toBe(1)
})

// docs/aws-iot-core.md §2.4
test.each(versions)(
  'a retained message comes for the exact filter only, RETAIN 1 (MQTT %i)',
  async (version) => {
    iot.publish('a/b', Buffer.from('kept'), { retain: true })
    const client = await connectWire(iot.url, version)
    await subscribe(client, 'a/+', 'a/#')
    await subscribe(client, 'a/b')
    expect(await client.next()).toMatchObject({ topic: 'a/b', retain: true, payload: Buffer.from('kept') })
    iot.publish('a/b', Buffer.from('new'), { retain: true })
    expect(await client.next()).toMatchObject({ retain: false, payload: Buffer.from('new') })
  },
)

test('an empty retained publish deletes, and is delivered', async () => {
  const client = await connectWire(iot.url, 5)
  iot.publish('a', Buffer.from('kept'), { retain: true })
  await subscribe(client, 'a')
  await client.next()
  iot.publish('a', Buffer.alloc(0), { retain: true })
  expect(await client.next()).toMatchObject({ topic: 'a', payload: Buffer.alloc(0) })
  expect(iot.stats().retainedMessages).toBe(0)
})

// docs/aws-iot-core.md §2.3, §12.8
test('takes 8 filters in a SUBSCRIBE, and disconnects for 9', async () => {
  const client = await connectWire(iot.url, 5)
  const filters = Array.from({ length: 9 }, (_, index) => `f${index}`)
  expect(await subscribe(client, ...filters.slice(1))).toMatchObject({ cmd: 'suback' })
  expect(await subscribe(client, ...filters)).toMatchObject({ cmd: 'disconnect', reasonCode: 0x97 })
})

test.each([
  [4, 0x80],
  [5, 0x97],
] as const)('refuses the 51st subscription in its SUBACK (MQTT %i)', async (version, code) => {
  const client = await connectWire(iot.url, version)
  for (let at = 0; at < 50; at += 1) expect(await subscribe(client, `f${at}`)).toMatchObject({ granted: [0] })
  expect(await subscribe(client, 'f50')).toMatchObject({ granted: [code] })
  // One that is there already may be renewed.
  expect(await subscribe(client, 'f0')).toMatchObject({ granted: [0] })
})

// docs/aws-iot-core.md §2.3, §2.7, §12.13
test.each([
  ['a/#/b', 0x8f],
  ['$SYS/#', 0x8f],
  ['x'.repeat(257), 0x8f],
  ['a/b/c/d/e/f/g/h/i', 0x8f],
])('refuses %s: MQTT 5 in the SUBACK, 3.1.1 by closing', async (filter, code) => {
  const five = await connectWire(iot.url, 5)
  expect(await subscribe(five, filter, 'good')).toMatchObject({ granted: [code, 0] })
  const four = await connectWire(iot.url, 4)
  await expect(subscribe(four, filter)).rejects.toThrow('closed')
})

// docs/aws-iot-core.md §2.2
test('QoS 2 gets no SUBACK, and MQTT 5 is told', async () => {
  const five = await connectWire(iot.url, 5)
  expect(await subscribe(five, { topic: 'a', qos: 2 })).toMatchObject({ cmd: 'disconnect', reasonCode: 0x9b })
  const four = await connectWire(iot.url, 4)
  four.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 2 }] })
  four.send({ cmd: 'pingreq' })
  expect(await four.next()).toMatchObject({ cmd: 'pingresp' })
})

test('a subscription identifier ends the connection', async () => {
  const client = await connectWire(iot.url, 5)
  client.send({
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: [{ topic: 'a', qos: 0 }],
    properties: { subscriptionIdentifier: 3 },
  })
  expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0xa1 })
})

// docs/aws-iot-core.md §8
test('lifecycle events are heard on their topics', async () => {
  const client = await connectWire(iot.url, 5, { clientId: 'watcher' })
  await subscribe(client, '$aws/events/#')
  expect(await client.next()).toMatchObject({ topic: '$aws/events/subscriptions/subscribed/watcher' })
  await (await connectWire(iot.url, 4, { clientId: 'other' })).close()
  const events = [await client.next(), await client.next()] as Extract<Packet, { cmd: 'publish' }>[]
  expect(events.map(({ topic, payload }) => [topic, JSON.parse(String(payload))])).toMatchObject([
    ['$aws/events/presence/connected/other', { eventType: 'connected', clientId: 'other', versionNumber: 0 }],
    [
      '$aws/events/presence/disconnected/other',
      { disconnectReason: 'CLIENT_INITIATED_DISCONNECT', clientInitiatedDisconnect: true, versionNumber: 0 },
    ],
  ])
})
