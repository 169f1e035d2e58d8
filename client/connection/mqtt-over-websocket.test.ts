import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Session } from '../session.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { minimalBroker, type MinimalBroker } from '../testing/minimal-broker.ts'
import type { Loss } from './loss.ts'
import { encodePublish } from '../mqtt/encode.ts'
import { mqttOverWebSocket } from './mqtt-over-websocket.ts'
import type { Link } from './transport.ts'

let server: Server
let broker: MinimalBroker
let clock: ManualClock
let link: Link
let opened: boolean
let messages: [string, string][]
let losses: Loss[]

beforeEach(async () => {
  server = createServer()
  broker = minimalBroker(server)
  clock = manualClock()
  opened = false
  messages = []
  losses = []
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
})

afterEach(async () => {
  link.close()
  broker.cut()
  await new Promise((resolve) => {
    server.close(resolve)
  })
})

function aSession(): Session {
  return {
    endpoint: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/mqtt`,
    authorizer: 'fanfare-dev',
    tokenKey: 'token',
    token: 'a.b-c_d',
    signature: 'a+b/c=',
    clientIds: ['v-0', 'v-1'],
    principal: 'v',
    expiresAt: 0,
  }
}

function open(endpoint = aSession().endpoint): void {
  const target = { session: { ...aSession(), endpoint }, clientId: 'v-1', keepAliveSeconds: 60 }
  link = mqttOverWebSocket(
    WebSocket,
    clock,
    encodePublish,
  )(target, {
    opened: () => {
      opened = true
    },
    message: (topic, payload) => messages.push([topic, Buffer.from(payload).toString()]),
    lost: (loss) => losses.push(loss),
  })
}

const commands = (): string[] => broker.received.map(({ cmd }) => cmd)
const isOpened = (): Promise<void> => vi.waitFor(() => expect(opened).toBe(true))
const isLost = (code: Loss['code']): Promise<void> =>
  vi.waitFor(() => expect(losses.map((loss) => loss.code)).toEqual([code]))

test('connects as AWS wants it, subscribes, receives, unsubscribes', async () => {
  open()
  await isOpened()
  expect(broker.urls).toEqual([
    '/mqtt?x-amz-customauthorizer-name=fanfare-dev&token=a.b-c_d&x-amz-customauthorizer-signature=a%2Bb%2Fc%3D',
  ])
  expect(broker.received[0]).toMatchObject({
    clientId: 'v-1',
    protocolVersion: 5,
    clean: true,
    keepalive: 60,
  })
  broker.publish('a/b', 'kept')
  expect(await link.subscribe(['a/b', 'c'])).toEqual([0, 0])
  broker.publish('c', 'once', { qos: 1 })
  await vi.waitFor(() => expect(commands()).toContain('puback'))
  expect(messages).toEqual([
    ['a/b', 'kept'],
    ['c', 'once'],
  ])
  link.unsubscribe(['c'])
  link.close()
  await vi.waitFor(() => expect(commands().slice(-2)).toEqual(['unsubscribe', 'disconnect']))
  expect(losses).toEqual([])
})

test('reads packets that straddle frames', async () => {
  open()
  await isOpened()
  const publish = Buffer.from([0x30, 8, 0, 1, 97, 0, ...Buffer.from('text')])
  broker.sendRaw(Buffer.concat([publish, publish]), 3)
  await vi.waitFor(() =>
    expect(messages).toEqual([
      ['a', 'text'],
      ['a', 'text'],
    ]),
  )
})

test('asks every half keep-alive, and gives the broker up when it does not answer', async () => {
  open()
  await isOpened()
  await clock.advance(30_000)
  await vi.waitFor(() => expect(commands()).toContain('pingreq'))
  // The answer has to be in before the clock goes on.
  await vi.waitFor(() => expect(clock.waiting).toBe(1))
  broker.onPacket = () => true
  await clock.advance(35_000)
  await isLost('keep-alive-timeout')
  expect(clock.waiting).toBe(0)
})

test('gives up at once, without asking, a connection that the machine slept through', async () => {
  open()
  await isOpened()
  clock.jump(10 * 3_600_000)
  link.check()
  expect(losses).toMatchObject([{ code: 'keep-alive-timeout', detail: 'no answer within 36000000 ms' }])
})

test('publishes, and answers what PUBACK says', async () => {
  broker.onPacket = (packet, send) => {
    if (packet.cmd !== 'publish') return false
    send({ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode: packet.topic === 'a' ? 0 : 0x87 })
    return true
  }
  open()
  await isOpened()
  const request = { responseTopic: 'replies/v-1', correlationData: Uint8Array.of(1, 2) }
  expect(await link.publish({ topic: 'a', payload: Buffer.from('hi'), request })).toBe(0)
  expect(await link.publish({ topic: 'b', payload: Buffer.from('hi') })).toBe(0x87)
  expect(broker.received.slice(1)).toMatchObject([
    { topic: 'a', qos: 1, retain: false, properties: { responseTopic: 'replies/v-1' } },
    { topic: 'b' },
  ])
})

test('asks at once when told to doubt', async () => {
  open()
  await isOpened()
  broker.onPacket = () => true
  link.check()
  await clock.advance(5000)
  await isLost('keep-alive-timeout')
})

test('follows the keep-alive that the broker wants', async () => {
  broker.onPacket = ({ cmd }, send) => {
    if (cmd !== 'connect') return false
    send({ cmd: 'connack', reasonCode: 0, sessionPresent: false, properties: { serverKeepAlive: 30 } })
    return true
  }
  open()
  await isOpened()
  await clock.advance(15_000)
  await vi.waitFor(() => expect(commands()).toContain('pingreq'))
})

test.for([
  [0x87, 'session-refused'],
  [0x89, 'server-disconnected'],
] as const)('tells why CONNACK refuses: %i', async ([reasonCode, code]) => {
  broker.onPacket = (_, send) => {
    send({ cmd: 'connack', reasonCode, sessionPresent: false, properties: { reasonString: 'no' } })
    return true
  }
  open()
  await isLost(code)
  expect(losses[0]?.detail).toBe(`CONNACK 0x${reasonCode.toString(16)} no`)
})

test('takes a close without a word before CONNACK for a refused session', async () => {
  broker.onPacket = () => {
    broker.cut()
    return true
  }
  open()
  await isLost('session-refused')
})

test.for([
  [0x8e, 'taken-over'],
  [0x8d, 'keep-alive-timeout'],
  [0x87, 'session-refused'],
  [0x98, 'server-disconnected'],
] as const)('tells why the broker ends it: %i', async ([reasonCode, code]) => {
  open()
  await isOpened()
  broker.sendRaw(Uint8Array.from([0xe0, 1, reasonCode]), 9)
  await isLost(code)
})

test('a connection cut answers what waits, and is told once', async () => {
  open()
  await isOpened()
  broker.onPacket = () => {
    broker.cut()
    return true
  }
  expect(await link.subscribe(['a'])).toBeUndefined()
  await isLost('connection-lost')
  expect(await link.subscribe(['a'])).toBeUndefined()
})

test('ends with nonsense, and says so to the broker', async () => {
  open()
  await isOpened()
  broker.sendRaw(Uint8Array.from([0xf0, 0]), 9)
  await isLost('protocol-error')
  await vi.waitFor(() =>
    expect(broker.received.at(-1)).toMatchObject({ cmd: 'disconnect', reasonCode: 0x81 }),
  )
})

test('tells that nothing answers', async () => {
  open('ws://127.0.0.1:1/mqtt')
  await isLost('unreachable')
})
