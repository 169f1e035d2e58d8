import type { IConnectPacket, IPublishPacket, Packet } from 'mqtt-packet'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, type LogLine, type QuotaId, startIotCore } from '../index.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { connectWire } from '../testing/wire-client.ts'

let iot: IotCore
let clock: ManualClock
let lines: LogLine[]

beforeEach(async () => {
  clock = manualClock()
  lines = []
  // Bounds are kept and counted in every mode.
  iot = await startIotCore({ anonymous: true, quotas: 'off', clock, log: (line) => lines.push(line) })
})

afterEach(() => iot.close())

function publishing(properties: IPublishPacket['properties'], more: Partial<IPublishPacket> = {}): Packet {
  return {
    cmd: 'publish',
    topic: 'a',
    payload: Buffer.from('x'),
    qos: 1,
    messageId: 1,
    dup: false,
    retain: false,
    ...(properties && { properties }),
    ...more,
  }
}

function expectOneHit(id: QuotaId): void {
  const hits = Object.entries(iot.stats().quotaHits).filter(([, times]) => times > 0)
  expect(hits).toEqual([[id, 1]])
  expect(lines.filter(({ quota }) => quota === id)).toMatchObject([
    { times: 1, message: expect.stringContaining('over the quota "') },
  ])
}

const long = 'a'.repeat(257)
const wide = { userProperties: { name: 'v'.repeat(8 * 1024) } }

// docs/aws-iot-core.md §2.2, §2.3, §3
test.each<[QuotaId, Packet]>([
  ['topicBytes', publishing(undefined, { topic: long })],
  [
    'topicSlashes',
    { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a/b/c/d/e/f/g/h/#', qos: 0 }] },
  ],
  [
    'filtersPerSubscribe',
    {
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: Array.from({ length: 9 }, (_, at) => ({ topic: `a/${at}`, qos: 0 as const })),
    },
  ],
  ['payloadBytes', publishing(undefined, { payload: Buffer.alloc(128 * 1024 + 1) })],
  ['packetBytes', publishing(undefined, { payload: Buffer.alloc(147 * 1024) })],
  ['contentTypeBytes', publishing({ contentType: long })],
  ['correlationDataBytes', publishing({ correlationData: Buffer.alloc(8 * 1024 + 1) })],
  ['userPropertiesBytes', publishing(wide)],
  ['topicAliases', publishing({ topicAlias: 9 })],
  ['messageExpiry', publishing({ messageExpiryInterval: 700_000 })],
])('§3 a packet over %s is counted, and logged with the name on AWS', async (id, packet) => {
  const client = await connectWire(iot.url, 5)
  client.send(packet)
  await client.next()
  expectOneHit(id)
})

test.each<[QuotaId, Partial<IConnectPacket>]>([
  ['clientIdBytes', { clientId: 'a'.repeat(129) }],
  ['keepAlive', { keepalive: 1201 }],
  ['clientPacketBytes', { properties: { maximumPacketSize: 511 } }],
  ['sessionExpiry', { properties: { sessionExpiryInterval: 3601 } }],
  [
    'topicSlashes',
    { will: { topic: 'a/b/c/d/e/f/g/h/i', payload: Buffer.from('x'), qos: 0, retain: false } },
  ],
  [
    'contentTypeBytes',
    {
      will: {
        topic: 'a',
        payload: Buffer.from('x'),
        qos: 0,
        retain: false,
        properties: { contentType: long },
      },
    },
  ],
  [
    'userPropertiesBytes',
    { will: { topic: 'a', payload: Buffer.from('x'), qos: 0, retain: false, properties: wide } },
  ],
])('§2.1, §3 a CONNECT over %s is counted, and logged with the name on AWS', async (id, connect) => {
  await connectWire(iot.url, 5, connect)
  expectOneHit(id)
})

test.each<[QuotaId, Partial<Parameters<IotCore['dataPlane']>[0]>]>([
  ['payloadBytes', { body: Buffer.alloc(128 * 1024 + 1) }],
  ['topicBytes', { path: `/topics/${long}` }],
  ['contentTypeBytes', { query: { contentType: [long] } }],
  ['messageExpiry', { query: { messageExpiry: ['604801'] } }],
  ['shadowDocumentBytes', { path: '/things/t/shadow', body: Buffer.alloc(8 * 1024 + 1) }],
])('§7 a request over HTTP over %s is counted, and logged with the name on AWS', async (id, request) => {
  const none = Buffer.alloc(0)
  await iot.dataPlane({ method: 'POST', path: '/topics/a', query: {}, headers: {}, body: none, ...request })
  expectOneHit(id)
})

test('§2.2, §3 the 101st unacknowledged message waits and is counted; what is never acknowledged is dropped and counted', async () => {
  const client = await connectWire(iot.url, 5, { keepalive: 1200 })
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] })
  await client.next()
  for (let at = 0; at < 101; at += 1) iot.publish('a', Buffer.from('x'), { qos: 1 })
  expectOneHit('unacknowledged')
  clock.advance(960_000)
  expect(iot.stats().quotaHits).toMatchObject({ retry: 100 })
})

// docs/aws-iot-core.md §2.2, §2.3
test('a publish by the owner of the broker that AWS would refuse throws', () => {
  expect(() => iot.publish('a/+', Buffer.from('x'))).toThrow('wildcard')
  expect(() => iot.publish('a', Buffer.alloc(128 * 1024 + 1))).toThrow('131073 bytes')
})
