import {
  DeleteThingShadowCommand,
  GetThingShadowCommand,
  type IoTDataPlaneClient,
  ListNamedShadowsForThingCommand,
  PublishCommand,
  UpdateThingShadowCommand,
} from '@aws-sdk/client-iot-data-plane'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, startIotCore } from '../index.ts'
import { statement } from '../testing/an-authorizer.ts'
import { dataPlaneClient } from '../testing/data-plane-client.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { connectWire, type WireClient } from '../testing/wire-client.ts'

const till = {
  accessKeyId: 'TILL',
  secretAccessKey: 's',
  policies: [
    {
      Version: '2012-10-17',
      Statement: [
        statement('Allow', ['iot:GetThingShadow', 'iot:UpdateThingShadow'], 'thing/till1'),
        statement('Allow', 'iot:GetThingShadow', 'thing/till1/printer'),
      ],
    },
  ],
}
const local = { accessKeyId: 'local', secretAccessKey: 'local' }

let iot: IotCore
let sdk: IoTDataPlaneClient
let clock: ManualClock

beforeEach(async () => {
  clock = manualClock(1_800_000_000_000)
  iot = await startIotCore({ anonymous: true, clock })
  sdk = dataPlaneClient(iot, clock)
})

afterEach(async () => {
  sdk.destroy()
  await iot.close()
})

function read(payload: Uint8Array | undefined): unknown {
  return JSON.parse(Buffer.from(payload ?? []).toString())
}

async function update(request: unknown, shadowName?: string, thingName = 'till1'): Promise<unknown> {
  const payload = Buffer.from(typeof request === 'string' ? request : JSON.stringify(request))
  const { payload: answer } = await sdk.send(new UpdateThingShadowCommand({ thingName, shadowName, payload }))
  return read(answer)
}

async function get(shadowName?: string): Promise<unknown> {
  const { payload } = await sdk.send(new GetThingShadowCommand({ thingName: 'till1', shadowName }))
  return read(payload)
}

const timestamp = 1_800_000_000

test('§7 UpdateThingShadow and GetThingShadow: state, metadata, delta, version', async () => {
  expect(await update({ state: { desired: { paper: 2 } }, clientToken: 't' })).toEqual({
    state: { desired: { paper: 2 } },
    metadata: { desired: { paper: { timestamp } } },
    version: 1,
    timestamp,
    clientToken: 't',
  })
  clock.advance(5000)
  expect(await update({ state: { reported: { paper: 1, on: true, gone: null } } })).toMatchObject({
    metadata: { reported: { paper: { timestamp: timestamp + 5 } } },
  })
  expect(await get()).toEqual({
    state: { desired: { paper: 2 }, reported: { paper: 1, on: true }, delta: { paper: 2 } },
    metadata: {
      desired: { paper: { timestamp } },
      reported: { paper: { timestamp: timestamp + 5 }, on: { timestamp: timestamp + 5 } },
    },
    version: 2,
    timestamp: timestamp + 5,
  })
})

test('§7 a version that is not the current one is a ConflictException, and changes nothing', async () => {
  await update({ state: { desired: { a: 1 } } })
  await update({ state: { desired: { a: 2 } }, version: 1 })
  await expect(update({ state: { desired: { a: 3 } }, version: 1 })).rejects.toMatchObject({
    name: 'ConflictException',
    message: 'Version conflict',
    $metadata: { httpStatusCode: 409 },
  })
  expect(await get()).toMatchObject({ state: { desired: { a: 2 } }, version: 2 })
})

test('§7 DeleteThingShadow, after which there is none, and the next goes on from its version', async () => {
  await update({ state: { desired: { a: 1 } } })
  const { payload } = await sdk.send(new DeleteThingShadowCommand({ thingName: 'till1' }))
  expect(read(payload)).toEqual({ version: 1, timestamp })
  for (const gone of [() => get(), () => sdk.send(new DeleteThingShadowCommand({ thingName: 'till1' }))])
    await expect(gone()).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "No shadow exists with name: 'till1'",
    })
  expect(await update({ state: { desired: { a: 1 } } })).toMatchObject({ version: 2 })
})

test('§7 named shadows are apart from the classic one, and listed in pages', async () => {
  await update({ state: { reported: { a: 0 } } })
  for (const name of ['b', 'c', 'a']) await update({ state: { reported: { name } } }, name)
  await update({ state: { reported: { a: 0 } } }, 'd', 'till2')
  expect(await get('b')).toMatchObject({ state: { reported: { name: 'b' } }, version: 1 })
  await expect(get('d')).rejects.toThrow("No shadow exists with name: 'till1~d'")
  const list = (input: object) =>
    sdk.send(new ListNamedShadowsForThingCommand({ thingName: 'till1', ...input }))
  const first = await list({ pageSize: 2 })
  expect(first).toMatchObject({ results: ['a', 'b'], timestamp })
  const second = await list({ pageSize: 2, nextToken: first.nextToken })
  expect(second.results).toEqual(['c'])
  expect(second.nextToken).toBeUndefined()
  await sdk.send(new DeleteThingShadowCommand({ thingName: 'till1', shadowName: 'b' }))
  expect((await list({})).results).toEqual(['a', 'c'])
})

test.each([
  ['no JSON', '{', 'InvalidRequestException', 'Payload contains invalid json'],
  ['no state', {}, 'InvalidRequestException', 'Missing required node: state'],
  ['a state that is no object', { state: 1 }, 'InvalidRequestException', 'State node must be an object'],
  [
    'a desired that is no object',
    { state: { desired: [] } },
    'InvalidRequestException',
    'Desired node must be an object',
  ],
  [
    'a reported that is no object',
    { state: { reported: 'x' } },
    'InvalidRequestException',
    'Reported node must be an object',
  ],
  ['another section', { state: { wanted: {} } }, 'InvalidRequestException', "invalid node: 'wanted'"],
  ['a version that is none', { state: {}, version: '1' }, 'InvalidRequestException', 'Invalid version'],
  [
    'a long client token',
    { state: {}, clientToken: 'x'.repeat(65) },
    'InvalidRequestException',
    'Invalid clientToken',
  ],
  [
    'nine levels',
    { state: { desired: JSON.parse(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`) as object } },
    'InvalidRequestException',
    'too many levels',
  ],
  ['over 8 KB', { state: { desired: { a: 'x'.repeat(8192) } } }, 'RequestEntityTooLargeException', 'exceeds'],
])('§7 refuses an update with %s', async (_, request, name, message) => {
  await expect(update(request)).rejects.toMatchObject({ name, message: expect.stringContaining(message) })
})

test('§7 refuses what is not UTF-8, and names that AWS has not', async () => {
  const payload = Buffer.from([0x7b, 0xff, 0x7d])
  await expect(sdk.send(new UpdateThingShadowCommand({ thingName: 'till1', payload }))).rejects.toMatchObject(
    {
      name: 'UnsupportedDocumentEncodingException',
    },
  )
  await expect(update({ state: {} }, undefined, 'a b')).rejects.toMatchObject({
    name: 'InvalidRequestException',
  })
  await expect(update({ state: {} }, 'a/b')).rejects.toMatchObject({ name: 'InvalidRequestException' })
})

async function hearing(...rest: string[]): Promise<WireClient> {
  const client = await connectWire(iot.url, 5)
  for (const topic of rest) {
    client.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: `$aws/things/till1/shadow/${topic}`, qos: 0 }],
    })
    expect(await client.next()).toMatchObject({ granted: [0] })
  }
  return client
}

/** The last parts of the topics of the next messages, and their documents. */
async function heard(client: WireClient, messages: number): Promise<[string, unknown][]> {
  const found: [string, unknown][] = []
  while (found.length < messages) {
    const packet = await client.next()
    if (packet.cmd === 'publish')
      found.push([packet.topic.replace('$aws/things/till1/shadow/', ''), read(packet.payload as Buffer)])
  }
  return found
}

function ask(client: WireClient, operation: string, request: unknown = ''): void {
  const payload = request === '' ? '' : JSON.stringify(request)
  client.send({
    cmd: 'publish',
    topic: `$aws/things/till1/shadow/${operation}`,
    payload,
    qos: 0,
    dup: false,
    retain: false,
  })
}

test('§7 over MQTT: accepted, delta, documents, and what is rejected', async () => {
  const client = await hearing('+/+')
  ask(client, 'get')
  expect(await heard(client, 1)).toEqual([
    ['get/rejected', { code: 404, message: "No shadow exists with name: 'till1'", timestamp }],
  ])
  ask(client, 'update', { state: { desired: { a: 1 } }, clientToken: 't' })
  const described = { a: { timestamp } }
  const current = { state: { desired: { a: 1 } }, metadata: { desired: described }, version: 1 }
  expect(await heard(client, 3)).toEqual([
    ['update/accepted', { ...current, timestamp, clientToken: 't' }],
    ['update/delta', { state: { a: 1 }, metadata: described, version: 1, timestamp, clientToken: 't' }],
    ['update/documents', { current, timestamp, clientToken: 't' }],
  ])
  ask(client, 'update', { state: {}, version: 7, clientToken: 'u' })
  expect(await heard(client, 1)).toEqual([
    ['update/rejected', { code: 409, message: 'Version conflict', timestamp, clientToken: 'u' }],
  ])
  ask(client, 'get', { clientToken: 'v' })
  expect(await heard(client, 1)).toMatchObject([
    ['get/accepted', { clientToken: 'v', state: { delta: { a: 1 } } }],
  ])
  ask(client, 'delete')
  expect(await heard(client, 1)).toEqual([['delete/accepted', { version: 1, timestamp }]])
})

test('§7 an update over HTTP is told to subscribers too, and Publish reaches a shadow’s topic', async () => {
  const client = await hearing('update/accepted', 'name/printer/update/delta')
  await update({ state: { reported: { a: 1 } } })
  expect(await heard(client, 1)).toMatchObject([['update/accepted', { version: 1 }]])
  await sdk.send(
    new PublishCommand({
      topic: '$aws/things/till1/shadow/name/printer/update',
      payload: Buffer.from(JSON.stringify({ state: { desired: { on: true } } })),
    }),
  )
  expect(await heard(client, 1)).toMatchObject([['name/printer/update/delta', { state: { on: true } }]])
})

test('§6 the policy names the thing, and a named shadow behind it', async () => {
  const bound = await startIotCore({ credentials: [till, local], clock })
  const client = dataPlaneClient(bound, clock, till)
  const payload = Buffer.from('{"state":{"desired":{"a":1}}}')
  await client.send(new UpdateThingShadowCommand({ thingName: 'till1', payload }))
  await client.send(new GetThingShadowCommand({ thingName: 'till1' }))
  for (const denied of [
    () => client.send(new DeleteThingShadowCommand({ thingName: 'till1' })),
    () => client.send(new GetThingShadowCommand({ thingName: 'till2' })),
    () => client.send(new UpdateThingShadowCommand({ thingName: 'till1', shadowName: 'printer', payload })),
    () => client.send(new ListNamedShadowsForThingCommand({ thingName: 'till1' })),
  ])
    await expect(denied()).rejects.toMatchObject({ name: 'ForbiddenException' })
  const nothingYet = client.send(new GetThingShadowCommand({ thingName: 'till1', shadowName: 'printer' }))
  await expect(nothingYet).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  client.destroy()
  await bound.close()
})

test('§7 shadows outlive the broker, beside its retained messages', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shadows-'))
  const options = { anonymous: true, clock, dataFile: join(folder, 'iot.db') }
  try {
    const first = await startIotCore(options)
    const client = dataPlaneClient(first, clock)
    await client.send(
      new UpdateThingShadowCommand({ thingName: 't', payload: Buffer.from('{"state":{"desired":{"a":1}}}') }),
    )
    first.publish('kept', Buffer.from('x'), { retain: true })
    client.destroy()
    await first.close()
    const second = await startIotCore(options)
    const later = dataPlaneClient(second, clock)
    const { payload } = await later.send(new GetThingShadowCommand({ thingName: 't' }))
    expect(read(payload)).toMatchObject({ state: { desired: { a: 1 } }, version: 1 })
    expect(second.stats().retainedMessages).toBe(1)
    later.destroy()
    await second.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
