/** A client that was let in reaches for what is not its own. docs/aws-iot-core.md §2.5, §2.6, §2.8, §6. */
import type { Packet } from 'mqtt-packet'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, startIotCore } from '../index.ts'
import { anAnswer, anAuthorizer, statement, tokenQuery, visitorStatements } from '../testing/an-authorizer.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { connectWire, type WireClient } from '../testing/wire-client.ts'

let iot: IotCore
let clock: ManualClock
let answer: object

beforeEach(async () => {
  clock = manualClock()
  answer = anAnswer()
  iot = await startIotCore({ authorizers: [anAuthorizer(() => answer)], clock, quotas: 'off' })
})
afterEach(() => iot.close())

function visitor(connect: Parameters<typeof connectWire>[2] = {}, version: 4 | 5 = 5) {
  return connectWire(`${iot.url}?${tokenQuery('t')}`, version, { clientId: 'visitor1-0', ...connect })
}

async function subscribe(client: WireClient, topic: string, qos: 0 | 1 = 0): Promise<Packet> {
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos }] })
  return client.next()
}

/** What came until the broker answers a ping, PUBLISH packets' payloads alone. */
async function heard(client: WireClient): Promise<string[]> {
  client.send({ cmd: 'pingreq' })
  const payloads: string[] = []
  for (;;) {
    const packet = await client.next()
    if (packet.cmd === 'pingresp') return payloads
    if (packet.cmd === 'publish') payloads.push(String(packet.payload))
  }
}

test.each([
  '#',
  '+/secret',
  '+/+',
  'private/#',
  'public',
  '/public/a',
  'PUBLIC/a',
  'pub+ic/a',
  '$share/g/private/#',
  '$share/g/public/#',
  '$share/public/#',
  '$SHARE/g/public/a',
  '$aws/events/#',
  '$aws/events/presence/connected/+',
  '$aws/things/+/shadow/#',
  '$aws/rules/r/public/a',
  '$aws/#',
  '$SYS/#',
  'public\u2215a',
])('§6 SUBSCRIBE to %s is refused', async (filter) => {
  const client = await visitor()
  const suback = (await subscribe(client, filter)) as Extract<Packet, { cmd: 'suback' }>
  expect(Number(suback.granted[0])).toBeGreaterThanOrEqual(0x80)
  expect(iot.stats().subscriptions).toBe(0)
})

test.each([
  'private/a',
  'drop',
  '/drop/a',
  'Drop/a',
  '$aws/events/presence/connected/visitor1-0',
  '$aws/rules/r/drop/a',
  '$aws/things/t/shadow/update',
  '$aws/things/t/shadow/update/accepted',
  '$share/g/drop/a',
  '$SYS/x',
])('§6 PUBLISH to %s is refused, by an alias too', async (topic) => {
  const client = await visitor()
  const properties = { topicAlias: 1 }
  const publish = {
    cmd: 'publish' as const,
    payload: 'x',
    qos: 1 as const,
    dup: false,
    retain: false,
    properties,
  }
  client.send({ ...publish, topic, messageId: 1 })
  expect(await client.next()).toMatchObject({ cmd: 'puback', messageId: 1 })
  client.send({ ...publish, topic: '', messageId: 2 })
  const [first, second] = [client.received.at(-1), await client.next()] as Extract<
    Packet,
    { cmd: 'puback' }
  >[]
  expect(first?.reasonCode).toBeGreaterThanOrEqual(0x80)
  expect(second?.reasonCode).toBeGreaterThanOrEqual(0x80)
  expect(iot.stats().publishes).toBe(0)
})

test.each(['private/a', '$aws/events/presence/connected/a', '$aws/rules/r/drop/a', 'drop/+', 'Drop/a'])(
  '§2.6 a Will to %s lets nobody in',
  async (topic) => {
    const { connack } = await visitor({ will: { topic, payload: Buffer.from('x'), qos: 0, retain: false } })
    expect(connack.reasonCode).toBeGreaterThanOrEqual(0x80)
  },
)

test('§2.4 a retained message is not read by its exact filter without iot:Receive', async () => {
  iot.publish('public/secret/a', Buffer.from('secret'), { retain: true })
  const client = await visitor()
  expect(await subscribe(client, 'public/secret/a')).toMatchObject({ granted: [0] })
  expect(await heard(client)).toEqual([])
})

test('§2.5 a group’s messages are not received without iot:Receive', async () => {
  const allowed = statement('Allow', 'iot:Subscribe', 'topicfilter/$share/g/public/secret/#')
  answer = anAnswer({}, [...visitorStatements, allowed])
  const client = await visitor()
  expect(await subscribe(client, '$share/g/public/secret/#')).toMatchObject({ granted: [0] })
  iot.publish('public/secret/a', Buffer.from('secret'))
  expect(await heard(client)).toEqual([])
})

test('§2.1, §2.8 a session resumed under a narrower policy hears neither what was stored nor what comes', async () => {
  const properties = { sessionExpiryInterval: 3600 }
  const before = await visitor({ properties })
  await subscribe(before, 'public/a', 1)
  before.send({ cmd: 'disconnect' })
  await before.closed
  iot.publish('public/a', Buffer.from('stored'), { qos: 1 })
  answer = anAnswer({}, [statement('Allow', 'iot:Connect', 'client/visitor1-0')])
  const after = await visitor({ properties, clean: false })
  expect(after.connack.sessionPresent).toBe(true)
  iot.publish('public/a', Buffer.from('live'), { qos: 1 })
  clock.advance(1000)
  expect(await heard(after)).toEqual([])
})

test('§2.8 what waits for the window is not sent when a refresh has taken iot:Receive away', async () => {
  const client = await visitor({ keepalive: 1200, properties: { receiveMaximum: 1 } })
  await subscribe(client, 'public/a', 1)
  iot.publish('public/a', Buffer.from('one'), { qos: 1 })
  iot.publish('public/a', Buffer.from('two'), { qos: 1 })
  expect(await heard(client)).toEqual(['one'])
  answer = anAnswer({}, [statement('Allow', 'iot:Connect', 'client/visitor1-0')])
  for (let minutes = 0; minutes < 10; minutes += 1) {
    clock.advance(60_000)
    expect(await heard(client)).toEqual([])
  }
  client.send({ cmd: 'puback', messageId: 1, reasonCode: 0 })
  expect(await heard(client)).toEqual([])
})

test('§6 a client ID with a wildcard opens no other’s topics', async () => {
  answer = anAnswer({}, [
    statement('Allow', 'iot:Connect', 'client/*'),
    statement('Allow', 'iot:Subscribe', 'topicfilter/users/${iot:ClientId}/*'),
    statement('Allow', 'iot:Receive', 'topic/users/${iot:ClientId}/*'),
  ])
  for (const clientId of ['+', '*', '?', 'a${iot:ClientId}']) {
    const client = await visitor({ clientId })
    expect([clientId, client.connack.reasonCode]).toEqual([clientId, 0])
    await subscribe(client, 'users/+/a')
    iot.publish('users/bob/a', Buffer.from('bob’s'))
    expect(await heard(client)).toEqual([])
    await client.close()
  }
})
