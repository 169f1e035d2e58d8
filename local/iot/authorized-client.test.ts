import { afterEach, expect, test } from 'vitest'
import { type AuthorizerOptions, type IotCore, type LogLine, startIotCore } from './index.ts'
import { anAnswer, anAuthorizer, statement, tokenQuery, visitorStatements } from './testing/an-authorizer.ts'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { connectWire, type WireClient } from './testing/wire-client.ts'

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

test('§2.8 a denied SUBSCRIBE: MQTT 5 is told and stays, 3.1.1 is closed without a SUBACK', async () => {
  await start(anAuthorizer())
  const five = await visitor(5)
  expect(await subscribe(five, 'private/a')).toMatchObject({ cmd: 'suback', granted: [0x87] })
  expect(await subscribe(five, 'public/a')).toMatchObject({ cmd: 'suback', granted: [0] })
  const four = await visitor(4, { clientId: 'visitor1-1' })
  await expect(subscribe(four, 'private/a')).rejects.toThrow('closed')
})

test('§6 a wildcard is a plain character to the policy', async () => {
  await start(
    anAuthorizer(() =>
      anAnswer({}, [visitorStatements[0] ?? {}, statement('Allow', 'iot:Subscribe', 'topicfilter/public/a')]),
    ),
  )
  expect(await subscribe(await visitor(), 'public/+')).toMatchObject({ granted: [0x87] })
})

test('§2.8 a denied PUBLISH: PUBACK 0x87 at QoS 1, DISCONNECT 0x87 at QoS 0, 3.1.1 closed', async () => {
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

test('§2.4 retaining needs iot:RetainPublish besides', async () => {
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

test('§2.8 iot:Receive is asked at each delivery, and a denial is logged once a topic', async () => {
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

test('§6 the denials of late, and what each statement makes of a question', async () => {
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

test('§2.6 the Will is authorised at CONNECT', async () => {
  await start(anAuthorizer())
  const will = { topic: 'public/a', payload: Buffer.from('x') }
  expect((await visitor(5, { will })).connack.reasonCode).toBe(0x87)
  expect((await visitor(5, { will: { ...will, topic: 'drop/a' } })).connack.reasonCode).toBe(0)
})

test('§6 iot:Connect may be bound to the Will’s topic and to what the connection is', async () => {
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

test('§6 nobody connects under another’s client ID', async () => {
  await start(anAuthorizer())
  expect((await visitor(5, { clientId: 'visitor2-0' })).connack.reasonCode).toBe(0x87)
})

test('§5a a refresh shows the same credentials, and its answer replaces the policy', async () => {
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

test('§5a a refresh that says no ends the connection', async () => {
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
])('§5a a refresh that %s ends the connection, and is logged', async (_, next, message) => {
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

test('§5a the connection ends at disconnectAfter, whatever it did', async () => {
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
