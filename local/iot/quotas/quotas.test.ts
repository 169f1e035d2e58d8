import { afterEach, expect, test } from 'vitest'
import { type IotCore, type IotCoreOptions, type LogLine, startIotCore } from '../index.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { connectWire, type WireClient } from '../testing/wire-client.ts'
import { quotaLimits } from './quota-limits.ts'
import { lastSecond, newRate, takeTokens } from './rate.ts'

// docs/aws-iot-core.md §3

let iot: IotCore | undefined
let clock: ManualClock
let lines: LogLine[]

afterEach(async () => {
  await iot?.close()
  iot = undefined
})

async function start(options: IotCoreOptions = {}): Promise<IotCore> {
  clock = manualClock()
  lines = []
  iot = await startIotCore({ anonymous: true, clock, log: (line) => lines.push(line), ...options })
  return iot
}

/** The payloads that have come by the time the broker answers a ping. */
async function payloads(client: WireClient): Promise<string[]> {
  client.send({ cmd: 'pingreq' })
  const got: string[] = []
  for (;;) {
    const packet = await client.next()
    if (packet.cmd === 'pingresp') return got
    if (packet.cmd === 'publish') got.push(String(packet.payload))
  }
}

async function subscribed(core: IotCore, clientId: string, ...topics: string[]): Promise<WireClient> {
  const client = await connectWire(core.url, 5, { clientId })
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: topics.map((topic) => ({ topic, qos: 0 })) })
  await client.next()
  return client
}

test('§3 small Regions have smaller limits, and what AWS raised counts', () => {
  expect(quotaLimits('eu-west-1')).toMatchObject({ publishOutPerAccount: 20_000, connectPerAccount: 3000 })
  expect(quotaLimits('eu-west-3')).toMatchObject({
    publishOutPerAccount: 2000,
    connectPerAccount: 100,
    publishPerConnection: 100,
  })
  expect(quotaLimits('eu-west-1', { publishOutPerAccount: 100_000 }).publishOutPerAccount).toBe(100_000)
  expect(() => quotaLimits('eu-west-1', { publishPerConnection: 5 } as object)).toThrow(
    'a quota that AWS adjusts',
  )
  expect(() => quotaLimits('eu-west-1', { connections: 0 })).toThrow('above 0, got 0')
})

test('§3 a bucket gives a second of its rate at once, and then as much as time brings', () => {
  const rate = newRate(10)
  expect(takeTokens(rate, 25, 1000)).toBe(10)
  expect(takeTokens(rate, 5, 1000)).toBe(0)
  expect(takeTokens(rate, 5, 1250)).toBe(2)
  expect(takeTokens(rate, 100, 60_000)).toBe(10)
  expect(lastSecond(rate, 60_999)).toBe(0)
  expect(lastSecond(rate, 61_000)).toBe(100)
  expect(lastSecond(rate, 62_000)).toBe(0)
  expect(rate.wantedMost).toBe(100)
})

test('§3 deliveries over the rate of the account are dropped, and logged once a second with the name on AWS', async () => {
  const core = await start({ quotaLimits: { publishOutPerAccount: 3 } })
  const clients = await Promise.all(['1', '2'].map((id) => subscribed(core, id, 'a')))
  for (const text of ['x', 'y', 'z']) core.publish('a', Buffer.from(text))
  const got = await Promise.all(clients.map(payloads))
  expect(got.flat().sort()).toEqual(['x', 'x', 'y'])
  expect(core.stats()).toMatchObject({ quotaHits: { publishOutPerAccount: 3 }, drops: { rate: 3 } })
  const hits = lines.filter(({ quota }) => quota === 'publishOutPerAccount')
  expect(hits).toEqual([
    {
      level: 'warn',
      message:
        'over the quota "Outbound publish requests per second per account" (3 deliveries a second, per account): dropped, nobody is told. On AWS: metric PublishOut.Throttle',
      quota: 'publishOutPerAccount',
      times: 1,
      quotas: 'enforce',
    },
  ])
  clock.advance(1000)
  for (let n = 0; n < 2; n += 1) core.publish('a', Buffer.from('later'))
  expect(lines.findLast(({ quota }) => quota === 'publishOutPerAccount')).toMatchObject({ times: 3 })
})

test.each(['count', 'off'] as const)('§3 with quotas %s everything passes', async (quotas) => {
  const core = await start({
    quotas,
    quotaLimits: { publishOutPerAccount: 1, publishInPerAccount: 1, connectPerAccount: 1 },
  })
  const clients = await Promise.all(['1', '2'].map((id) => subscribed(core, id, 'a')))
  for (const text of ['x', 'y']) core.publish('a', Buffer.from(text))
  expect(await Promise.all(clients.map(payloads))).toEqual([
    ['x', 'y'],
    ['x', 'y'],
  ])
  const counted = quotas === 'count'
  expect(core.stats().quotaHits).toMatchObject({
    publishOutPerAccount: counted ? 3 : 0,
    publishInPerAccount: counted ? 1 : 0,
    connectPerAccount: counted ? 1 : 0,
  })
})

test('§3 CONNECTs over the rate, and connections over their number, are refused: 0x97, or 3 for 3.1.1', async () => {
  const core = await start({ quotaLimits: { connectPerAccount: 2 } })
  await connectWire(core.url, 5, { clientId: '1' })
  await connectWire(core.url, 5, { clientId: '2' })
  expect((await connectWire(core.url, 5, { clientId: '3' })).connack).toMatchObject({ reasonCode: 0x97 })
  expect((await connectWire(core.url, 4, { clientId: '4' })).connack).toMatchObject({ returnCode: 3 })
  await core.close()
  const other = await start({ quotaLimits: { connections: 1 } })
  await connectWire(other.url, 5, { clientId: '1' })
  expect((await connectWire(other.url, 5, { clientId: '2' })).connack).toMatchObject({ reasonCode: 0x97 })
})

test('§3 filters over the rate of the account are refused in the SUBACK, each for itself', async () => {
  const core = await start({ quotaLimits: { subscribePerAccount: 2 } })
  const client = await connectWire(core.url, 5)
  const topics = ['a', 'b', 'c']
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: topics.map((topic) => ({ topic, qos: 0 })) })
  expect(await client.next()).toMatchObject({ granted: [0, 0, 0x97] })
  expect(core.stats().quotaHits).toMatchObject({ subscribePerAccount: 1 })
})

test('§3 publishes over the inbound rate: PUBACK 0x97', async () => {
  const core = await start({ quotaLimits: { publishInPerAccount: 1 } })
  const client = await connectWire(core.url, 5)
  for (const messageId of [1, 2])
    client.send({ cmd: 'publish', messageId, topic: 'a', payload: 'x', qos: 1, dup: false, retain: false })
  expect(await client.next()).toMatchObject({ messageId: 1, reasonCode: 0 })
  expect(await client.next()).toMatchObject({ messageId: 2, reasonCode: 0x97 })
})

test('§3 retained publishes over the rate of the account are refused', async () => {
  const core = await start({ quotaLimits: { retainedPerAccount: 2 } })
  for (const topic of ['a', 'b']) core.publish(topic, Buffer.from('x'), { retain: true })
  expect(() => core.publish('c', Buffer.from('x'), { retain: true })).toThrow('over a quota')
  expect(core.stats()).toMatchObject({ retainedMessages: 2, quotaHits: { retainedPerAccount: 1 } })
})

test('§2.1, §3 messages stored for who is away have a rate', async () => {
  const core = await start({ quotaLimits: { queuedPerAccount: 2 } })
  const client = await connectWire(core.url, 5, {
    clientId: 'away',
    properties: { sessionExpiryInterval: 600 },
  })
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] })
  await client.next()
  await client.close()
  while (core.stats().connections > 0) await new Promise((resolve) => setImmediate(resolve))
  for (const text of ['1', '2', '3']) core.publish('a', Buffer.from(text), { qos: 1 })
  expect(core.stats()).toMatchObject({ quotaHits: { queuedPerAccount: 1 }, drops: { queue: 1 } })
})

test('§2.2, §3 bytes over the throughput of a connection are counted where quotas only count', async () => {
  const core = await start({ quotas: 'count' })
  const client = await subscribed(core, '1', 'a')
  // 512 KB are five payloads of 100 KB and a bit.
  for (let n = 0; n < 8; n += 1) {
    core.publish('a', Buffer.alloc(100 * 1024))
    expect(await payloads(client)).toHaveLength(1)
  }
  expect(core.stats().quotaHits).toMatchObject({ throughputPerConnection: 1, publishPerConnection: 0 })
  clock.advance(1000)
  core.publish('a', Buffer.alloc(100 * 1024))
  expect(core.stats().quotaHits).toMatchObject({ throughputPerConnection: 1 })
})

test('§2.2, §3 deliveries over the throughput of a connection are delayed, and none is lost', async () => {
  const core = await start()
  const client = await subscribed(core, '1', 'a')
  const other = await subscribed(core, '2', 'b')
  for (let n = 0; n < 8; n += 1) core.publish('a', Buffer.alloc(100 * 1024))
  const heard = (): number => client.received.filter(({ cmd }) => cmd === 'publish').length
  await expect.poll(heard).toBe(5)
  // 288 KB are over, and take 562 ms.
  clock.advance(560)
  core.publish('b', Buffer.from('x'))
  expect(await payloads(other)).toEqual(['x'])
  expect(heard()).toBe(5)
  clock.advance(5)
  expect(await payloads(client)).toHaveLength(8)
  expect(core.stats()).toMatchObject({ quotaHits: { throughputPerConnection: 1 }, drops: { slowReader: 0 } })
})

test('§2.2, §3 publishes over the throughput of a connection are delayed, and none is lost', async () => {
  const core = await start()
  const client = await connectWire(core.url, 5, { clientId: '1' })
  const other = await connectWire(core.url, 5, { clientId: '2' })
  const publish = { cmd: 'publish', topic: 'a', qos: 0, dup: false, retain: false } as const
  for (let n = 0; n < 12; n += 1) client.send({ ...publish, payload: Buffer.alloc(100 * 1024) })
  await expect.poll(() => core.stats().publishes).toBe(6)
  await payloads(other)
  expect(core.stats().publishes).toBe(6)
  clock.advance(1000)
  await expect.poll(() => core.stats().publishes).toBeGreaterThan(6)
  while (core.stats().publishes < 12) {
    clock.advance(1000)
    await payloads(other)
  }
  await payloads(client)
  expect(core.stats().drops).toMatchObject({ rate: 0 })
})

test('§2.2 a connection that is held back says goodbye with all that was due', async () => {
  const core = await start()
  const client = await subscribed(core, '1', 'a')
  for (let n = 0; n < 8; n += 1) core.publish('a', Buffer.alloc(100 * 1024))
  core.kick('1')
  await client.closed
  expect(client.received.map(({ cmd }) => cmd)).toEqual([
    'connack',
    'suback',
    ...Array.from({ length: 8 }, () => 'publish'),
    'disconnect',
  ])
})

test.each([4, 5] as const)(
  '§2.1, §3 a second CONNECT of a client ID in a second is refused, and the first connection stays (MQTT %i)',
  async (version) => {
    const core = await start()
    const first = await connectWire(core.url, version, { clientId: '1' })
    const { connack } = await connectWire(core.url, version, { clientId: '1' })
    expect(connack).toMatchObject(version === 5 ? { reasonCode: 0x97 } : { returnCode: 3 })
    expect(await payloads(first)).toEqual([])
    expect(core.stats().quotaHits).toMatchObject({ connectPerClientId: 1 })
    await connectWire(core.url, version, { clientId: '2' })
    clock.advance(950)
    const again = await connectWire(core.url, version, { clientId: '1' })
    expect(again.connack).toMatchObject(version === 5 ? { reasonCode: 0 } : { returnCode: 0 })
    await first.closed
  },
)

test('§3 a thing takes twenty shadow requests a second, over HTTP and MQTT together', async () => {
  const core = await start()
  const client = await subscribed(core, '1', '$aws/things/t/shadow/get/rejected')
  const ask = async (thing: string): Promise<number> => {
    const request = {
      method: 'GET',
      path: `/things/${thing}/shadow`,
      query: {},
      headers: {},
      body: Buffer.alloc(0),
    }
    return (await core.dataPlane(request)).statusCode
  }
  for (let n = 0; n < 20; n += 1) expect(await ask('t')).toBe(404)
  expect([await ask('t'), await ask('other')]).toEqual([429, 404])
  const publish = {
    cmd: 'publish',
    topic: '$aws/things/t/shadow/get',
    qos: 0,
    dup: false,
    retain: false,
  } as const
  client.send({ ...publish, payload: '' })
  expect(JSON.parse((await payloads(client))[0] ?? '')).toMatchObject({ code: 429 })
  expect(core.stats().quotaHits).toMatchObject({ shadowRequestsPerThing: 2, shadowRequests: 0 })
  clock.advance(1000)
  expect(await ask('t')).toBe(404)
})

test('§3 bounds of one thing are kept whatever quotas says', async () => {
  const core = await start({ quotas: 'off', quotaLimits: { subscriptionsPerConnection: 1 } })
  const client = await connectWire(core.url, 5)
  client.send({
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: [
      { topic: 'a', qos: 0 },
      { topic: 'b', qos: 0 },
    ],
  })
  expect(await client.next()).toMatchObject({ granted: [0, 0x97] })
})
