import type { IPublishPacket } from 'mqtt-packet'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, type LifecycleEvent, startIotCore } from './index.ts'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { connectWire, type WireClient } from './testing/wire-client.ts'

let iot: IotCore
let clock: ManualClock

beforeEach(async () => {
  clock = manualClock()
  iot = await startIotCore({
    port: 0,
    dataFile: ':memory:',
    authorizers: [],
    anonymous: true,
    quotas: 'off',
    clock,
  })
})

afterEach(() => iot.close())

type Connected = Awaited<ReturnType<typeof connectWire>>

/** Connects with a session that persists. */
function persistent(version: 4 | 5, clean = false): Promise<Connected> {
  return connectWire(iot.url, version, {
    clientId: 'phone',
    clean,
    ...(version === 5 ? { properties: { sessionExpiryInterval: 600 } } : {}),
  })
}

async function subscribe(client: WireClient, qos: 0 | 1 = 1): Promise<void> {
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos }] })
  await client.next()
}

async function payload(client: WireClient): Promise<string> {
  return String(((await client.next()) as IPublishPacket).payload)
}

async function gone(client: WireClient): Promise<void> {
  await client.close()
  await expect.poll(() => iot.stats().connections).toBe(0)
}

const versions = [4, 5] as const

// docs/aws-iot-core.md §2.1
test.each(versions)(
  'stores QoS 1 for a session that is away, and replays ten a second (MQTT %i)',
  async (version) => {
    const first = await persistent(version)
    expect(first.connack.sessionPresent).toBe(false)
    await subscribe(first)
    await gone(first)
    for (let at = 0; at < 3; at += 1) iot.publish('a', Buffer.from(`${at}`), { qos: 1 })
    iot.publish('a', Buffer.from('QoS 0'))
    const second = await persistent(version)
    expect(second.connack.sessionPresent).toBe(true)
    expect(await payload(second)).toBe('0')
    second.send({ cmd: 'pingreq' })
    expect(await second.next()).toMatchObject({ cmd: 'pingresp' })
    clock.advance(100)
    expect(await payload(second)).toBe('1')
    clock.advance(100)
    expect(await payload(second)).toBe('2')
  },
)

test('what was not acknowledged comes again, with DUP 0', async () => {
  const first = await persistent(5)
  await subscribe(first)
  iot.publish('a', Buffer.from('again'), { qos: 1 })
  await first.next()
  await gone(first)
  const second = await persistent(5)
  expect(await second.next()).toMatchObject({ payload: Buffer.from('again'), dup: false, qos: 1 })
})

test('a clean start ends the old session', async () => {
  const first = await persistent(5)
  await subscribe(first)
  await gone(first)
  const second = await persistent(5, true)
  expect(second.connack.sessionPresent).toBe(false)
  expect(iot.stats()).toMatchObject({ sessions: 1, subscriptions: 0 })
})

test('a session of the other protocol version is not resumed', async () => {
  const first = await persistent(4)
  await subscribe(first)
  await gone(first)
  expect((await persistent(5)).connack.sessionPresent).toBe(false)
})

test('a session ends when its expiry is over', async () => {
  await gone(await persistent(5))
  expect(iot.stats().sessions).toBe(1)
  clock.advance(601_000)
  expect(iot.stats().sessions).toBe(0)
})

test('a session without expiry ends with its connection', async () => {
  const client = await connectWire(iot.url, 5, { clean: false })
  await subscribe(client)
  await gone(client)
  expect(iot.stats()).toMatchObject({ sessions: 0, subscriptions: 0 })
})

test('DISCONNECT may end the session, but may not start one', async () => {
  const ending = await persistent(5)
  ending.send({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 0 } })
  await ending.closed
  expect(iot.stats().sessions).toBe(0)
  const raising = await connectWire(iot.url, 5)
  raising.send({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 60 } })
  expect(await raising.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x82 })
})

// docs/aws-iot-core.md §2.2
test('holds what is over the receive maximum until an earlier message is acknowledged', async () => {
  const client = await connectWire(iot.url, 5, { properties: { receiveMaximum: 2 } })
  await subscribe(client)
  for (let at = 0; at < 3; at += 1) iot.publish('a', Buffer.from(`${at}`), { qos: 1 })
  const { messageId = 0 } = await client.next()
  await client.next()
  client.send({ cmd: 'pingreq' })
  expect(await client.next()).toMatchObject({ cmd: 'pingresp' })
  client.send({ cmd: 'puback', messageId })
  expect(await payload(client)).toBe('2')
})

// docs/aws-iot-core.md §2.2, retry: 960 s for MQTT 5
test('drops what is not acknowledged for 16 minutes', async () => {
  const client = await connectWire(iot.url, 5, { keepalive: 1200 })
  await subscribe(client)
  iot.publish('a', Buffer.from('x'), { qos: 1 })
  clock.advance(959_000)
  expect(iot.stats().drops.queue).toBe(0)
  clock.advance(2000)
  expect(iot.stats().drops.queue).toBe(1)
})

test('a stored message that has expired is not replayed', async () => {
  const first = await persistent(5)
  await subscribe(first)
  await gone(first)
  iot.publish('a', Buffer.from('old'), { qos: 1, expirySeconds: 10 })
  iot.publish('a', Buffer.from('left'), { qos: 1, expirySeconds: 100 })
  clock.advance(20_000)
  const second = await persistent(5)
  clock.advance(100)
  expect(await second.next()).toMatchObject({
    payload: Buffer.from('left'),
    properties: { messageExpiryInterval: 80 },
  })
})

const will = { topic: 'wills/phone', payload: Buffer.from('lost') }

/** What a connection with a Will leaves behind when it ends so. */
async function lastWords(
  end: (client: Connected) => void | Promise<void>,
): Promise<[words: boolean, reason: unknown]> {
  const words = await connectWire(iot.url, 5, { clientId: 'watcher' })
  words.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'wills/+', qos: 0 }] })
  await words.next()
  const reasons: LifecycleEvent[] = []
  const client = await connectWire(iot.url, 5, { clientId: 'phone', will, keepalive: 30 })
  const stop = iot.onLifecycle((event) => reasons.push(event))
  await end(client)
  const ended = (): LifecycleEvent | undefined => reasons.find((event) => event.eventType === 'disconnected')
  await expect.poll(ended).toBeDefined()
  stop()
  words.send({ cmd: 'pingreq' })
  const said = await words.next()
  const event = ended()
  return [said.cmd === 'publish', event?.eventType === 'disconnected' ? event.disconnectReason : undefined]
}

// docs/aws-iot-core.md §2.6, §8
test('a DISCONNECT sends no Will', async () => {
  expect(await lastWords((client) => client.send({ cmd: 'disconnect', reasonCode: 0 }))).toEqual([
    false,
    'CLIENT_INITIATED_DISCONNECT',
  ])
})

test('a DISCONNECT with 0x04 sends it', async () => {
  expect(await lastWords((client) => client.send({ cmd: 'disconnect', reasonCode: 4 }))).toEqual([
    true,
    'CLIENT_INITIATED_DISCONNECT',
  ])
})

test('a closed WebSocket, as a closed tab leaves it, sends no Will', async () => {
  expect(await lastWords((client) => client.close())).toEqual([false, 'CLIENT_INITIATED_DISCONNECT'])
})

test('a lost connection sends it', async () => {
  expect(await lastWords((client) => client.webSocket.terminate())).toEqual([true, 'CONNECTION_LOST'])
})

test('silence sends it', async () => {
  const after = await lastWords(() => {
    clock.advance(46_000)
  })
  expect(after).toEqual([true, 'MQTT_KEEP_ALIVE_TIMEOUT'])
})

test('a kick sends it, and a malformed packet', async () => {
  expect(await lastWords(() => void iot.kick('phone'))).toEqual([true, 'API_INITIATED_DISCONNECT'])
  expect(await lastWords((client) => client.sendBytes(Buffer.from([0x32, 0])))).toEqual([
    true,
    'CLIENT_ERROR',
  ])
})
