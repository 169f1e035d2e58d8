import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  GetRetainedMessageCommand,
  GetThingShadowCommand,
  IoTDataPlaneClient,
  ListRetainedMessagesCommand,
  PublishCommand,
} from '@aws-sdk/client-iot-data-plane'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Faults } from '../../faults.ts'
import { noFaults } from '../../faults.ts'
import { type IotCore, startIotCore } from '../index.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { connectWire, type WireClient } from '../testing/wire-client.ts'

let iot: IotCore
let sdk: IoTDataPlaneClient
let clock: ManualClock
let faults: Faults['iot']

beforeEach(async () => {
  clock = manualClock()
  faults = noFaults().iot
  iot = await startIotCore({ port: 0, dataFile: ':memory:', authorizers: [], anonymous: true, clock, faults })
  sdk = new IoTDataPlaneClient({
    endpoint: `http://localhost:${iot.port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  })
})

afterEach(async () => {
  sdk.destroy()
  await iot.close()
})

/** The least that a signed request carries, as `curl --aws-sigv4` sends it. */
const signed = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/iotdata/aws4_request, SignedHeaders=host, Signature=0',
}

async function subscriber(topic: string): Promise<WireClient> {
  const client = await connectWire(iot.url, 5)
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] })
  await client.next()
  return client
}

// docs/aws-iot-core.md §7
test('Publish reaches subscribers with its MQTT 5 properties', async () => {
  const client = await subscriber('a/#')
  await sdk.send(
    new PublishCommand({
      topic: 'a/b c/ü',
      payload: Buffer.from('x'),
      qos: 1,
      contentType: 'text/plain',
      responseTopic: 'r',
      messageExpiry: 60,
      payloadFormatIndicator: 'UTF8_DATA',
      correlationData: Buffer.from('c').toString('base64'),
      userProperties: JSON.stringify([{ k: 'v' }, { k: 'w' }]),
    }),
  )
  expect(await client.next()).toMatchObject({
    topic: 'a/b c/ü',
    payload: Buffer.from('x'),
    qos: 1,
    properties: {
      contentType: 'text/plain',
      responseTopic: 'r',
      messageExpiryInterval: 60,
      payloadFormatIndicator: true,
      correlationData: Buffer.from('c'),
      userProperties: { k: ['v', 'w'] },
    },
  })
})

test('takes unencoded slashes, as curl sends them', async () => {
  const client = await subscriber('a/b')
  const response = await fetch(`http://localhost:${iot.port}/topics/a/b?qos=1`, {
    method: 'POST',
    headers: signed,
    body: 'x',
  })
  expect(await response.json()).toMatchObject({ message: 'OK', traceId: expect.any(String) })
  expect(await client.next()).toMatchObject({ topic: 'a/b', qos: 1 })
})

test('GetRetainedMessage gives what was retained, and 404 when nothing was', async () => {
  const userProperties = JSON.stringify([{ k: 'v' }])
  await sdk.send(
    new PublishCommand({ topic: 'a/b', payload: Buffer.from('kept'), retain: true, qos: 1, userProperties }),
  )
  const kept = await sdk.send(new GetRetainedMessageCommand({ topic: 'a/b' }))
  expect(kept).toMatchObject({ topic: 'a/b', qos: 1, lastModifiedTime: clock.now() })
  expect(String(Buffer.from(kept.payload ?? []))).toBe('kept')
  expect(String(Buffer.from(kept.userProperties ?? []))).toBe(userProperties)
  await expect(sdk.send(new GetRetainedMessageCommand({ topic: 'a' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

test('ListRetainedMessages gives pages', async () => {
  for (const topic of ['c', 'a', 'b']) iot.publish(topic, Buffer.from(topic), { retain: true })
  const first = await sdk.send(new ListRetainedMessagesCommand({ maxResults: 2 }))
  expect(first.retainedTopics).toMatchObject([{ topic: 'a', payloadSize: 1 }, { topic: 'b' }])
  const { nextToken } = first
  const second = await sdk.send(new ListRetainedMessagesCommand({ maxResults: 2, nextToken }))
  expect(second.retainedTopics?.map(({ topic }) => topic)).toEqual(['c'])
  expect(second.nextToken).toBeUndefined()
})

test('an empty retained publish deletes', async () => {
  await sdk.send(new PublishCommand({ topic: 'a', payload: Buffer.from('x'), retain: true }))
  clock.advance(1000)
  await sdk.send(new PublishCommand({ topic: 'a', retain: true }))
  await expect(sdk.send(new GetRetainedMessageCommand({ topic: 'a' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

test('a retained message ends with its expiry', async () => {
  await sdk.send(
    new PublishCommand({ topic: 'a', payload: Buffer.from('x'), retain: true, messageExpiry: 10 }),
  )
  clock.advance(11_000)
  expect(iot.stats().retainedMessages).toBe(0)
})

// docs/aws-iot-core.md §2.4, §12.15
test('a second retained publish to a topic within a second is throttled, and is not delivered', async () => {
  const client = await subscriber('a')
  const publish = (): Promise<unknown> =>
    sdk.send(new PublishCommand({ topic: 'a', payload: Buffer.from('x'), retain: true }))
  await publish()
  await expect(publish()).rejects.toMatchObject({
    name: 'ThrottlingException',
    $metadata: { httpStatusCode: 429 },
  })
  clock.advance(1000)
  await publish()
  await client.next()
  await client.next()
  expect(iot.stats().publishes).toBe(2)
})

test.each([
  ['a payload over 128 KB', { topic: 'a', payload: Buffer.alloc(131_073) }, 'RequestEntityTooLargeException'],
  ['QoS 2', { topic: 'a', qos: 2 }, 'InvalidRequestException'],
  ['a wildcard', { topic: 'a/#' }, 'InvalidRequestException'],
  ['nine levels', { topic: '1/2/3/4/5/6/7/8/9' }, 'InvalidRequestException'],
  ['a $ topic', { topic: '$aws/x' }, 'InvalidRequestException'],
  ['user properties that are no list', { topic: 'a', userProperties: '"x"' }, 'InvalidRequestException'],
])('Publish refuses %s', async (_, input, name) => {
  await expect(sdk.send(new PublishCommand(input))).rejects.toMatchObject({ name })
})

test('answers 404 and 405 for what it does not have', async () => {
  await expect(sdk.send(new GetThingShadowCommand({ thingName: 't' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`http://localhost:${iot.port}${path}`, { headers: signed, ...init })
  expect((await ask('/topics/a')).status).toBe(405)
  expect((await ask('/topics/%zz', { method: 'POST' })).status).toBe(400)
  expect((await ask('/retainedMessage?__proto__=1&constructor=2')).status).toBe(200)
  expect((await ask('//')).status).toBe(404)
  const tooLarge = await ask('/topics/a', { method: 'POST', body: Buffer.alloc(600_000) }).catch(
    () => undefined,
  )
  expect(tooLarge?.status ?? 413).toBe(413)
})

test.each([
  ['a form of another site', '/topics/a?retain=true', { origin: 'http://elsewhere.example' }],
  [
    'a presigned address that a page was given',
    '/topics/a?X-Amz-Signature=0',
    { origin: 'http://elsewhere.example' },
  ],
  ['a bearer token', '/topics/a', { authorization: 'Bearer x' }],
])('takes nothing that is not signed: %s', async (_, path, headers) => {
  const client = await subscriber('a')
  const refused = await fetch(`http://localhost:${iot.port}${path}`, {
    method: 'POST',
    headers,
    body: 'forged',
  })
  expect(refused.status).toBe(403)
  await sdk.send(new PublishCommand({ topic: 'a', payload: Buffer.from('true') }))
  expect(await client.next()).toMatchObject({ payload: Buffer.from('true') })
})

test('GetConnection and DeleteConnection', async () => {
  const client = await connectWire(iot.url, 5, { clientId: 'a/b' })
  expect(
    await sdk.send(new GetConnectionCommand({ clientId: 'a/b', includeSocketInformation: true })),
  ).toMatchObject({
    connected: true,
    clientId: 'a/b',
    keepAliveDuration: 60,
    sourceIp: '127.0.0.1',
  })
  await sdk.send(new DeleteConnectionCommand({ clientId: 'a/b' }))
  expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x98 })
  clock.advance(1000)
  await expect(sdk.send(new DeleteConnectionCommand({ clientId: 'a/b' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

test('preventWillMessage keeps the Will back', async () => {
  const watcher = await subscriber('w')
  const will = { topic: 'w', payload: Buffer.from('x') }
  for (const preventWillMessage of [true, false]) {
    await connectWire(iot.url, 5, { clientId: 'c', will })
    await sdk.send(new DeleteConnectionCommand({ clientId: 'c', preventWillMessage }))
    clock.advance(1000)
  }
  await watcher.next()
  expect(iot.stats().publishes).toBe(1)
})

// Faults
test('a retained publish may be throttled, or forgotten, as AWS may', async () => {
  faults.throttleRetained = 1
  const publish = (): Promise<unknown> =>
    sdk.send(new PublishCommand({ topic: 'a', payload: Buffer.from('x'), retain: true }))
  await expect(publish()).rejects.toMatchObject({ name: 'ThrottlingException' })
  faults.throttleRetained = 0
  faults.forgetRetained = 1
  await publish()
  expect(iot.stats()).toMatchObject({ publishes: 1, retainedMessages: 0 })
})

test('tells of itself at /_fanfare/iot', async () => {
  await connectWire(iot.url, 5, { clientId: 'c' })
  const response = await fetch(`http://localhost:${iot.port}/_fanfare/iot`)
  expect(await response.json()).toMatchObject({ stats: { connections: 1 }, connections: [{ clientId: 'c' }] })
})

test('the data plane in process is the one on the port', async () => {
  const client = await subscriber('a')
  const response = await iot.dataPlane({
    method: 'POST',
    path: '/topics/a',
    query: { qos: '1' },
    headers: {},
    body: Buffer.from('x'),
  })
  expect(response.statusCode).toBe(200)
  expect(await client.next()).toMatchObject({ topic: 'a' })
})
