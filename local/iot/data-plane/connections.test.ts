import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  type IoTDataPlaneClient,
  ListSubscriptionsCommand,
} from '@aws-sdk/client-iot-data-plane'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, startIotCore } from '../index.ts'
import { dataPlaneClient } from '../testing/data-plane-client.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { connectWire, type WireClient } from '../testing/wire-client.ts'

let iot: IotCore
let sdk: IoTDataPlaneClient
let clock: ManualClock

beforeEach(async () => {
  clock = manualClock()
  iot = await startIotCore({ anonymous: true, clock, quotas: 'off' })
  sdk = dataPlaneClient(iot, clock)
})

afterEach(async () => {
  sdk.destroy()
  await iot.close()
})

async function subscribe(client: WireClient, ...topics: string[]): Promise<void> {
  for (const topic of topics) {
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] })
    await client.next()
  }
}

async function leave(client: WireClient): Promise<void> {
  client.send({ cmd: 'disconnect', reasonCode: 0 })
  await client.closed
}

const get = (clientId: string) => sdk.send(new GetConnectionCommand({ clientId }))

test('§7 GetConnection tells of a client that is connected, and its address when that is asked for', async () => {
  await connectWire(iot.url, 5, { clientId: 'a/b', properties: { sessionExpiryInterval: 60 } })
  const told = {
    connected: true,
    clientId: 'a/b',
    keepAliveDuration: 60,
    sessionExpiry: 60,
    cleanSession: true,
  }
  const { $metadata: _, ...plain } = await get('a/b')
  expect(plain).toEqual({ ...told, connectedSince: clock.now() })
  const withSocket = new GetConnectionCommand({ clientId: 'a/b', includeSocketInformation: true })
  expect(await sdk.send(withSocket)).toMatchObject({
    ...told,
    sourceIp: '127.0.0.1',
    sourcePort: expect.any(Number),
    targetIp: '127.0.0.1',
    targetPort: iot.port,
  })
})

test('§7 GetConnection tells for 30 minutes how a client left', async () => {
  const client = await connectWire(iot.url, 5, { clientId: 'c' })
  await leave(client)
  await expect.poll(() => iot.connections()).toEqual([])
  const at = clock.now()
  clock.advance(29 * 60_000)
  expect(await get('c')).toMatchObject({
    connected: false,
    clientId: 'c',
    disconnectedSince: at,
    disconnectReason: 'CLIENT_INITIATED_DISCONNECT',
    cleanSession: true,
    sessionExpiry: 0,
  })
  const withSocket = new GetConnectionCommand({ clientId: 'c', includeSocketInformation: true })
  expect(await sdk.send(withSocket)).toMatchObject({ sourceIp: '127.0.0.1', targetPort: iot.port })
  clock.advance(60_000)
  await expect(get('c')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test('§7 GetConnection tells of a persistent session whose client is away, until it ends', async () => {
  const client = await connectWire(iot.url, 5, { clientId: 'c', properties: { sessionExpiryInterval: 3600 } })
  await leave(client)
  await expect.poll(() => iot.connections()).toEqual([])
  clock.advance(59 * 60_000)
  const { disconnectedSince, ...told } = await get('c')
  expect(told).toMatchObject({ connected: false, sessionExpiry: 3600 })
  expect(disconnectedSince).toBeUndefined()
  clock.advance(2 * 60_000)
  await expect(get('c')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test('§7 DeleteConnection keeps a persistent session, unless cleanSession', async () => {
  const connect = { clientId: 'c', clean: false, properties: { sessionExpiryInterval: 3600 } }
  for (const cleanSession of [false, true]) {
    const client = await connectWire(iot.url, 5, connect)
    expect(client.connack.sessionPresent).toBe(cleanSession)
    await sdk.send(new DeleteConnectionCommand({ clientId: 'c', cleanSession }))
    expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x98 })
    expect(iot.stats().sessions).toBe(cleanSession ? 0 : 1)
    clock.advance(1000)
  }
  expect(await get('c')).toMatchObject({ disconnectReason: 'API_INITIATED_DISCONNECT' })
  await expect(sdk.send(new DeleteConnectionCommand({ clientId: 'c' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

test('§7 a client ID that begins with $ or is too long is an invalid request', async () => {
  for (const clientId of ['$a', 'é'.repeat(65)])
    await expect(get(clientId)).rejects.toMatchObject({ name: 'InvalidRequestException' })
})

test('§7 ListSubscriptions gives pages of 20, of a client that is away too', async () => {
  const connect = { clientId: 'c', properties: { sessionExpiryInterval: 3600 } }
  const client = await connectWire(iot.url, 5, connect)
  const filters = Array.from({ length: 25 }, (_, at) => `t/${String(at).padStart(2, '0')}/#`)
  await subscribe(client, ...filters.toReversed())
  await leave(client)
  const list = (input: object = {}) => sdk.send(new ListSubscriptionsCommand({ clientId: 'c', ...input }))
  const first = await list()
  expect(first.subscriptions).toEqual(filters.slice(0, 20).map((topicFilter) => ({ topicFilter, qos: 1 })))
  const { nextToken } = first
  const second = await list({ nextToken })
  expect(second.subscriptions?.map(({ topicFilter }) => topicFilter)).toEqual(filters.slice(20))
  expect(second.nextToken).toBeUndefined()
  expect((await list({ maxResults: 200 })).subscriptions).toHaveLength(25)
  await expect(list({ maxResults: 201 })).rejects.toMatchObject({ name: 'InvalidRequestException' })
  await expect(list({ clientId: 'd' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test('§3 each request is throttled over 100 a second, and over one a second for a client ID', async () => {
  await iot.close()
  iot = await startIotCore({ anonymous: true, clock, quotas: 'enforce' })
  sdk = dataPlaneClient(iot, clock)
  await connectWire(iot.url, 5, { clientId: 'c' })
  await get('c')
  await expect(get('c')).rejects.toMatchObject({
    name: 'ThrottlingException',
    message: expect.stringContaining('for client c'),
  })
  await sdk.send(new ListSubscriptionsCommand({ clientId: 'c' }))
  for (let at = 0; at < 98; at += 1)
    await expect(get(`c${at}`)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect(get('d')).rejects.toMatchObject({
    name: 'ThrottlingException',
    message: expect.stringContaining('100 requests a second'),
  })
  clock.advance(1000)
  await get('c')
  expect(iot.stats().quotaHits).toMatchObject({ getConnection: 1, connectionApiPerClientId: 1 })
})
