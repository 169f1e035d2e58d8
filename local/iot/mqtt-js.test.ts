import { connectAsync, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, startIotCore } from './index.ts'
import { anAuthorizer, tokenQuery } from './testing/an-authorizer.ts'

let iot: IotCore
let clients: MqttClient[]

beforeEach(async () => {
  clients = []
  iot = await startIotCore({ port: 0, dataFile: ':memory:', authorizers: [anAuthorizer()], quotas: 'off' })
})

afterEach(async () => {
  await Promise.all(clients.map((client) => client.endAsync(true)))
  await iot.close()
})

async function connect(protocolVersion: 4 | 5, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(`${iot.url}?${tokenQuery('t')}`, {
    protocolVersion,
    clientId: 'visitor1-0',
    reconnectPeriod: 0,
    ...options,
  })
  client.on('error', () => {
    // A test that ends a connection asserts on 'close'.
  })
  clients.push(client)
  return client
}

function message(client: MqttClient): Promise<IPublishPacket> {
  return new Promise((resolve) => {
    client.once('message', (_topic, _payload, packet) => {
      resolve(packet)
    })
  })
}

test.each([4, 5] as const)(
  'mqtt.js subscribes, hears retained and live, publishes at QoS 1 (MQTT %i)',
  async (version) => {
    iot.publish('public/a', Buffer.from('kept'), { retain: true })
    const client = await connect(version)
    const first = message(client)
    expect(await client.subscribeAsync('public/a', { qos: 1 })).toMatchObject([{ topic: 'public/a', qos: 1 }])
    expect(await first).toMatchObject({ topic: 'public/a', retain: true })
    const second = message(client)
    iot.publish('public/a', Buffer.from('live'), { qos: 1 })
    expect(await second).toMatchObject({ qos: 1, retain: false })
    await client.publishAsync('drop/a', 'x', { qos: 1, retain: true })
    await expect.poll(() => iot.stats().units.puback).toBe(1)
    await client.unsubscribeAsync('public/a')
    expect(iot.stats()).toMatchObject({ subscriptions: 0, retainedMessages: 2 })
  },
)

test('mqtt.js at MQTT 5 is told of a denied filter and stays', async () => {
  const client = await connect(5)
  await expect(client.subscribeAsync('private/a')).rejects.toThrow('Not authorized')
  expect(client.connected).toBe(true)
})

test('mqtt.js at 3.1.1 is cut off for a denied filter', async () => {
  const client = await connect(4)
  const closed = new Promise<void>((resolve) => {
    client.once('close', resolve)
  })
  client.subscribe('private/a')
  await closed
})

test('mqtt.js is refused without a token', async () => {
  await expect(
    connectAsync(iot.url, { protocolVersion: 5, clientId: 'x', reconnectPeriod: 0 }),
  ).rejects.toThrow('Not authorized')
  await expect(
    connectAsync(iot.url, { protocolVersion: 4, clientId: 'x', reconnectPeriod: 0 }),
  ).rejects.toThrow('Not authorized')
})

test.each([4, 5] as const)('mqtt.js resumes its session (MQTT %i)', async (version) => {
  const persistent = { clean: false, ...(version === 5 ? { properties: { sessionExpiryInterval: 60 } } : {}) }
  const first = await connect(version, persistent)
  await first.subscribeAsync('public/a', { qos: 1 })
  await first.endAsync()
  await expect.poll(() => iot.stats().connections).toBe(0)
  iot.publish('public/a', Buffer.from('meanwhile'), { qos: 1 })
  const second = await connect(version, { ...persistent, manualConnect: false })
  expect(second.connected).toBe(true)
  await expect.poll(() => iot.stats().units.puback).toBe(1)
})

test('a thousand deliveries of one message are in order for each of two readers', async () => {
  const readers = [await connect(4), await connect(5, { clientId: 'visitor1-1' })]
  const heard: string[][] = [[], []]
  for (const [index, reader] of readers.entries()) {
    await reader.subscribeAsync('public/a')
    reader.on('message', (_, payload) => heard[index]?.push(payload.toString()))
  }
  const sent = Array.from({ length: 1000 }, (_, index) => `${index}`)
  for (const text of sent) iot.publish('public/a', Buffer.from(text))
  await expect.poll(() => heard.map(({ length }) => length)).toEqual([1000, 1000])
  expect(heard).toEqual([sent, sent])
})
