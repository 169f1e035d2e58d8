import { connectAsync } from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import { type AuthorizerOptions, type IotCore, type LogLine, startIotCore } from './index.ts'
import {
  anAnswer,
  anAuthorizer,
  signature,
  statement,
  tokenQuery,
  visitorStatements,
} from './testing/an-authorizer.ts'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { connectWire, openWire, type WireClient } from './testing/wire-client.ts'

let iot: IotCore
let clock: ManualClock
let lines: LogLine[]

async function start(authorizer: AuthorizerOptions): Promise<void> {
  clock = manualClock()
  lines = []
  iot = await startIotCore({
    port: 0,
    dataFile: ':memory:',
    authorizers: [authorizer],
    quotas: 'off',
    clock,
    log: (line) => lines.push(line),
  })
}

afterEach(() => iot.close())

type Connected = Awaited<ReturnType<typeof connectWire>>

function visitor(version: 4 | 5 = 5, connect: Parameters<typeof connectWire>[2] = {}): Promise<Connected> {
  return connectWire(`${iot.url}?${tokenQuery('a-token')}`, version, { clientId: 'visitor1-0', ...connect })
}

async function subscribe(client: WireClient, topic: string): Promise<unknown> {
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] })
  return client.next()
}

function publish(client: WireClient, topic: string, qos: 0 | 1, retain = false): void {
  client.send({ cmd: 'publish', topic, payload: Buffer.from('x'), qos, dup: false, retain, messageId: 3 })
}

// docs/aws-iot-core.md §5a
test('lets in by the query, and shows the authorizer the event that AWS does', async () => {
  const authorizer = anAuthorizer()
  await start(authorizer)
  const { connack } = await visitor(5, { username: 'bob', password: Buffer.from('secret') })
  expect(connack.reasonCode).toBe(0)
  expect(authorizer.events).toEqual([
    {
      token: 'a-token',
      signatureVerified: true,
      protocols: ['tls', 'http', 'mqtt'],
      protocolData: {
        tls: { serverName: 'localhost' },
        http: {
          headers: expect.objectContaining({ upgrade: 'websocket' }),
          queryString: `?${tokenQuery('a-token')}`,
        },
        mqtt: { username: 'bob', password: Buffer.from('secret').toString('base64'), clientId: 'visitor1-0' },
      },
      connectionMetadata: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    },
  ])
  expect(iot.connections()).toMatchObject([{ clientId: 'visitor1-0', principal: 'visitor1' }])
})

test('lets in by the CONNECT username, unknown parameters and all', async () => {
  const authorizer = anAuthorizer()
  await start(authorizer)
  const username = `bob?SDK=browser&${tokenQuery('a-token')}`
  const { connack } = await connectWire(iot.url, 4, { clientId: 'visitor1-1', username })
  expect(connack.returnCode).toBe(0)
  expect(authorizer.events).toMatchObject([{ token: 'a-token', protocolData: { mqtt: { username } } }])
})

test('lets in by headers', async () => {
  const authorizer = anAuthorizer()
  await start(authorizer)
  const client = await connectAsync(iot.url, {
    protocolVersion: 5,
    clientId: 'visitor1-0',
    wsOptions: {
      headers: {
        'x-amz-customauthorizer-name': 'visitors',
        'x-amz-customauthorizer-signature': signature('t'),
        token: 't',
      },
    },
  })
  await client.endAsync()
  expect(authorizer.events).toMatchObject([{ token: 't' }])
})

test.each([
  ['no signature', 'x-amz-customauthorizer-name=visitors&token=t'],
  [
    'no token',
    `x-amz-customauthorizer-name=visitors&x-amz-customauthorizer-signature=${encodeURIComponent(signature('t'))}`,
  ],
  ['another token’s signature', tokenQuery('a-token').replace('token=a-token', 'token=b-token')],
  [
    'a signature that is no base64',
    'x-amz-customauthorizer-name=visitors&token=t&x-amz-customauthorizer-signature=%00',
  ],
  ['an unknown authorizer', tokenQuery('t').replace('visitors', 'nobody')],
  ['no authorizer named, and no default', 'token=t'],
])('refuses %s, and asks no Lambda', async (_, query) => {
  const authorizer = anAuthorizer()
  await start(authorizer)
  const five = await connectWire(`${iot.url}?${query}`, 5)
  expect(five.connack.reasonCode).toBe(0x87)
  await five.closed
  const four = await connectWire(`${iot.url}?${query}`, 4)
  expect(four.connack.returnCode).toBe(5)
  expect(authorizer.events).toEqual([])
})

test('any of the public keys may verify, so that keys can be rotated', async () => {
  const { publicKeyPem } = await import('./testing/an-authorizer.ts')
  const { generateKeyPairSync } = await import('node:crypto')
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  })
  await start(anAuthorizer(undefined, { publicKeys: { current: String(other), next: publicKeyPem } }))
  expect((await visitor()).connack.reasonCode).toBe(0)
})

test('refuses to start with a key that AWS would not take', async () => {
  await start(anAuthorizer())
  const { generateKeyPairSync } = await import('node:crypto')
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  })
  for (const publicKeys of [{}, { current: '' }, { current: String(short) }])
    await expect(
      startIotCore({ port: 0, dataFile: ':memory:', authorizers: [anAuthorizer(undefined, { publicKeys })] }),
    ).rejects.toThrow(/visitors/)
})

test.each([
  ['says no', () => ({ isAuthenticated: false })],
  ['answers nonsense', () => ({ isAuthenticated: true, principalId: 'a-b' })],
  [
    'throws',
    () => {
      throw new Error('broken')
    },
  ],
  ['does not allow iot:Connect', () => anAnswer({}, visitorStatements.slice(1))],
])('refuses when the authorizer %s', async (_, invoke) => {
  await start(anAuthorizer(invoke))
  const failed: string[] = []
  iot.onLifecycle((event) => failed.push(event.eventType))
  expect((await visitor()).connack.reasonCode).toBe(0x87)
  expect(failed).toEqual(['connect_failed'])
})

// docs/aws-iot-core.md §5a
test.each([
  ['says no', () => ({ isAuthenticated: false }), 'NOT_AUTHENTICATED: authorizer visitors said no'],
  ['throws', () => Promise.reject(new Error('broken')), 'AUTHORIZER_FAILED: authorizer visitors: broken'],
  ['answers nothing', () => undefined, 'answered nothing, not an object'],
  ['answers a text', () => 'yes', 'answered "yes", not an object'],
  [
    'has a text for isAuthenticated',
    () => anAnswer({ isAuthenticated: 'true' }),
    'isAuthenticated is "true"',
  ],
  ['has a UUID for its principal', () => anAnswer({ principalId: 'a-b' }), 'principalId is "a-b"'],
  ['has no policies', () => anAnswer({ policyDocuments: undefined }), 'policyDocuments is not a list'],
  [
    'has too many',
    () => anAnswer({ policyDocuments: Array.from({ length: 11 }, () => ({})) }),
    'there are 11',
  ],
  [
    'has a policy that IAM would not take',
    () => anAnswer({ policyDocuments: ['{'] }),
    'policyDocuments[0] is a string, but not JSON',
  ],
  [
    'lasts too long',
    () => anAnswer({ disconnectAfterInSeconds: 86_401 }),
    'disconnectAfterInSeconds is 86401',
  ],
  ['refreshes too soon', () => anAnswer({ refreshAfterInSeconds: 299 }), 'refreshAfterInSeconds is 299'],
])('an authorizer that %s is logged with what was seen', async (_, invoke, message) => {
  await start(anAuthorizer(invoke))
  expect((await visitor()).connack.reasonCode).toBe(0x87)
  expect(lines.filter((line) => line.message.includes(message))).toHaveLength(1)
})

test('refuses when the authorizer does not answer in five seconds', async () => {
  let asked = (): void => {}
  const wasAsked = new Promise<void>((resolve) => {
    asked = resolve
  })
  await start(
    anAuthorizer(() => {
      asked()
      return new Promise(() => {})
    }),
  )
  const client = openWire(`${iot.url}?${tokenQuery('t')}`)
  const connecting = await client
  connecting.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clientId: 'visitor1-0',
    clean: true,
    keepalive: 60,
  })
  await wasAsked
  clock.advance(5000)
  expect(await connecting.next()).toMatchObject({ cmd: 'connack', reasonCode: 0x87 })
})

test('what a client sends before its CONNACK waits for it', async () => {
  await start(anAuthorizer())
  const client = await openWire(`${iot.url}?${tokenQuery('t')}`)
  client.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clientId: 'visitor1-0',
    clean: true,
    keepalive: 60,
  })
  client.send({ cmd: 'pingreq' })
  expect(await client.next()).toMatchObject({ cmd: 'connack', reasonCode: 0 })
  expect(await client.next()).toMatchObject({ cmd: 'pingresp' })
})

// docs/aws-iot-core.md §2.8, §12.1
test('a denied SUBSCRIBE: MQTT 5 is told and stays, 3.1.1 is closed without a SUBACK', async () => {
  await start(anAuthorizer())
  const five = await visitor(5)
  expect(await subscribe(five, 'private/a')).toMatchObject({ cmd: 'suback', granted: [0x87] })
  expect(await subscribe(five, 'public/a')).toMatchObject({ cmd: 'suback', granted: [0] })
  const four = await visitor(4, { clientId: 'visitor1-1' })
  await expect(subscribe(four, 'private/a')).rejects.toThrow('closed')
})

test('a wildcard is a plain character to the policy', async () => {
  await start(
    anAuthorizer(() =>
      anAnswer({}, [visitorStatements[0] ?? {}, statement('Allow', 'iot:Subscribe', 'topicfilter/public/a')]),
    ),
  )
  expect(await subscribe(await visitor(), 'public/+')).toMatchObject({ granted: [0x87] })
})

test('a denied PUBLISH: PUBACK 0x87 at QoS 1, DISCONNECT 0x87 at QoS 0, 3.1.1 closed', async () => {
  await start(anAuthorizer())
  const five = await visitor(5)
  publish(five, 'public/a', 1)
  expect(await five.next()).toMatchObject({ cmd: 'puback', reasonCode: 0x87 })
  publish(five, 'drop/a', 1)
  expect(await five.next()).toMatchObject({ cmd: 'puback', reasonCode: 0 })
  publish(five, 'public/a', 0)
  expect(await five.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x87 })
  const four = await visitor(4)
  publish(four, 'public/a', 1)
  await four.closed
  expect(four.received).toHaveLength(1)
})

// docs/aws-iot-core.md §2.4
test('retaining needs iot:RetainPublish besides', async () => {
  await start(
    anAuthorizer(() =>
      anAnswer({}, [visitorStatements[0] ?? {}, statement('Allow', 'iot:Publish', 'topic/drop/*')]),
    ),
  )
  const client = await visitor()
  publish(client, 'drop/a', 1)
  expect(await client.next()).toMatchObject({ reasonCode: 0 })
  publish(client, 'drop/a', 1, true)
  expect(await client.next()).toMatchObject({ reasonCode: 0x87 })
})

// docs/aws-iot-core.md §2.8
test('iot:Receive is asked at each delivery, and a denial is logged once a topic', async () => {
  await start(anAuthorizer())
  const client = await visitor()
  await subscribe(client, 'public/#')
  for (let at = 0; at < 3; at += 1) iot.publish('public/secret/a', Buffer.from('no'))
  iot.publish('public/a', Buffer.from('yes'))
  expect(await client.next()).toMatchObject({ topic: 'public/a' })
  expect(lines.filter(({ message }) => message === 'denied')).toEqual([
    {
      level: 'warn',
      message: 'denied',
      clientId: 'visitor1-0',
      principal: 'visitor1',
      action: 'iot:Receive',
      resource: 'arn:aws:iot:eu-west-1:000000000000:topic/public/secret/a',
      because: 'policyDocuments[0].Statement[3] denies it',
    },
  ])
})

// docs/aws-iot-core.md §6
test('the denials of late, and what each statement makes of a question', async () => {
  await start(anAuthorizer())
  const client = await visitor()
  await subscribe(client, 'private/a')
  await connectWire(iot.url, 5, { clientId: 'nobody' })
  const arn = 'arn:aws:iot:eu-west-1:000000000000:'
  expect(iot.denials()).toMatchObject([
    {
      clientId: 'nobody',
      principal: 'unknown',
      action: 'iot:Connect',
      resource: `${arn}client/nobody`,
      because: expect.stringContaining('AUTHORIZER_NOT_FOUND'),
    },
    {
      clientId: 'visitor1-0',
      principal: 'visitor1',
      action: 'iot:Subscribe',
      resource: `${arn}topicfilter/private/a`,
      because: 'no statement allows it',
      times: 1,
      lastAt: clock.now(),
    },
  ])
  const explained = iot.explain('visitor1-0', 'Receive', 'public/secret/a')
  expect(explained).toMatchObject({ allowed: false, statement: { document: 0, index: 3, effect: 'Deny' } })
  expect(explained?.statements.filter(({ applies }) => applies).map(({ index }) => index)).toEqual([3, 2])
  expect(iot.explain('nobody', 'Receive', 'a')).toBeUndefined()
})

// docs/aws-iot-core.md §2.6
test('the Will is authorised at CONNECT', async () => {
  await start(anAuthorizer())
  const will = { topic: 'public/a', payload: Buffer.from('x') }
  expect((await visitor(5, { will })).connack.reasonCode).toBe(0x87)
  expect((await visitor(5, { will: { ...will, topic: 'drop/a' } })).connack.reasonCode).toBe(0)
})

// docs/aws-iot-core.md §6
test('iot:Connect may be bound to the Will’s topic and to what the connection is', async () => {
  const connect = statement('Allow', 'iot:Connect', 'client/visitor1-0')
  const publish = statement('Allow', ['iot:Publish', 'iot:RetainPublish'], 'topic/*')
  const conditions = {
    ArnLike: { 'iot:LastWillTopic': 'arn:aws:iot:*:*:topic/will/*' },
    'ForAllValues:StringEquals': { 'iot:ConnectAttributes': ['LastWill'] },
  }
  await start(anAuthorizer(() => anAnswer({}, [publish, { ...connect, Condition: conditions }])))
  const code = async (connecting: Parameters<typeof visitor>[1]): Promise<number | undefined> =>
    (await visitor(5, connecting)).connack.reasonCode
  const will = { topic: 'will/a', payload: Buffer.from('x') }
  expect(await code({ will })).toBe(0)
  expect(await code({ will: { ...will, topic: 'other' } })).toBe(0x87)
  expect(await code({ will, properties: { sessionExpiryInterval: 60 } })).toBe(0x87)
  expect(await code({})).toBe(0x87)
})

test('nobody connects under another’s client ID', async () => {
  await start(anAuthorizer())
  expect((await visitor(5, { clientId: 'visitor2-0' })).connack.reasonCode).toBe(0x87)
})

// docs/aws-iot-core.md §5a, life of the connection
test('a refresh shows the same credentials, and its answer replaces the policy', async () => {
  const statements = [...visitorStatements]
  const authorizer = anAuthorizer(() => anAnswer({}, statements))
  await start(authorizer)
  const client = await visitor(5, { keepalive: 1200 })
  await subscribe(client, 'public/a')
  statements.push(statement('Deny', 'iot:Receive', 'topic/public/a'))
  clock.advance(599_000)
  iot.publish('public/a', Buffer.from('before'))
  expect(await client.next()).toMatchObject({ payload: Buffer.from('before') })
  clock.advance(2000)
  await expect.poll(() => authorizer.events.length).toBe(2)
  expect(authorizer.events[1]).toEqual(authorizer.events[0])
  await expect
    .poll(() => {
      iot.publish('public/a', Buffer.from('after'))
      return iot.stats().denials
    })
    .toBeGreaterThan(0)
})

test('a refresh that says no ends the connection', async () => {
  let answer: object = anAnswer()
  await start(anAuthorizer(() => answer))
  const client = await visitor(5, { keepalive: 1200 })
  answer = { isAuthenticated: false }
  clock.advance(601_000)
  expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x87 })
})

test.each([
  ['throws', () => Promise.reject(new Error('broken')), 'broken'],
  ['answers nonsense', () => ({}), 'isAuthenticated is undefined'],
  ['does not answer', () => new Promise(() => {}), 'no answer within 5000 ms'],
])('a refresh that %s ends the connection, and is logged', async (_, next, message) => {
  let answer: () => unknown = anAnswer
  const authorizer = anAuthorizer(() => answer())
  await start(authorizer)
  const client = await visitor(5, { keepalive: 1200 })
  answer = next
  clock.advance(601_000)
  await expect.poll(() => authorizer.events.length).toBe(2)
  clock.advance(5000)
  expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x87 })
  expect(lines.at(-1)?.message).toContain(message)
})

test('the connection ends at disconnectAfter, whatever it did', async () => {
  await start(
    anAuthorizer(() => anAnswer({ disconnectAfterInSeconds: 300, refreshAfterInSeconds: undefined })),
  )
  const client = await visitor(5, { keepalive: 1200 })
  const reasons: unknown[] = []
  iot.onLifecycle((event) =>
    reasons.push('disconnectReason' in event ? event.disconnectReason : event.eventType),
  )
  clock.advance(299_000)
  client.send({ cmd: 'pingreq' })
  await client.next()
  clock.advance(2000)
  expect(await client.next()).toMatchObject({ cmd: 'disconnect' })
  expect(reasons).toEqual(['CUSTOMAUTH_TTL_EXPIRATION'])
})
