import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, type LifecycleEvent, startIotCore } from './index.ts'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { connectWire } from './testing/wire-client.ts'

/** Tests run beside each other: an answer may take a while. */
const patient = { timeout: 10_000 }

let iot: IotCore
let clock: ManualClock

beforeEach(async () => {
  clock = manualClock()
  iot = await startIotCore({ anonymous: true, quotas: 'off', clock })
})

afterEach(() => iot.close())

type Connected = Awaited<ReturnType<typeof connectWire>>

test('a session and its subscriptions are gone when its expiry is over', async () => {
  const client = await connectWire(iot.url, 5, { clean: false, properties: { sessionExpiryInterval: 600 } })
  client.send({
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: [
      { topic: 'a', qos: 1 },
      { topic: '$share/g/a', qos: 1 },
    ],
  })
  await client.next()
  await client.close()
  await expect
    .poll(() => iot.stats(), patient)
    .toMatchObject({ connections: 0, sessions: 1, subscriptions: 2 })
  clock.advance(601_000)
  expect(iot.stats()).toMatchObject({ sessions: 0, subscriptions: 0 })
})

test('AWS raises the longest session expiry on request', async () => {
  await iot.close()
  iot = await startIotCore({ anonymous: true, clock, quotaLimits: { sessionExpiry: 7200 } })
  const properties = { sessionExpiryInterval: 100_000 }
  const { connack } = await connectWire(iot.url, 5, { clean: false, properties })
  expect(connack.properties?.sessionExpiryInterval).toBe(7200)
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
  await expect.poll(ended, patient).toBeDefined()
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
