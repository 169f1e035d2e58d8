import { once } from 'node:events'
import { createConnection } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type IotCore, type IotCoreOptions, startIotCore } from './index.ts'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { connectWire, openWire } from './testing/wire-client.ts'

let iot: IotCore
let clock: ManualClock

async function start(options: Partial<IotCoreOptions> = {}): Promise<void> {
  clock = manualClock()
  iot = await startIotCore({
    port: 0,
    dataFile: ':memory:',
    authorizers: [],
    anonymous: true,
    clock,
    ...options,
  })
}

afterEach(() => iot.close())

// docs/aws-iot-core.md §2.1, §2.2, §12.2
test('announces what AWS announces', async () => {
  await start()
  const { connack } = await connectWire(iot.url, 5, { keepalive: 5 })
  expect(connack).toMatchObject({
    reasonCode: 0,
    sessionPresent: false,
    properties: {
      sessionExpiryInterval: 0,
      receiveMaximum: 100,
      maximumQoS: 1,
      maximumPacketSize: 149_504,
      topicAliasMaximum: 8,
      subscriptionIdentifiersAvailable: false,
      serverKeepAlive: 30,
    },
  })
})

// docs/aws-iot-core.md §2.1
test.each([
  [0, 1200],
  [5, 30],
  [45, 45],
  [60_000, 1200],
])('a keep-alive of %i becomes %i', async (asked, granted) => {
  await start()
  const { connack } = await connectWire(iot.url, 5, { keepalive: asked })
  expect(connack.properties?.serverKeepAlive).toBe(granted)
})

test('a longer session expiry is cut, and told', async () => {
  await start()
  const { connack } = await connectWire(iot.url, 5, { properties: { sessionExpiryInterval: 999_999 } })
  expect(connack.properties?.sessionExpiryInterval).toBe(3600)
})

test('makes up a client ID', async () => {
  await start()
  const { connack } = await connectWire(iot.url, 5, { clientId: '' })
  expect(connack.properties?.assignedClientIdentifier).toMatch(/^[0-9a-f-]{36}$/)
  expect((await connectWire(iot.url, 4, { clientId: '' })).connack.returnCode).toBe(0)
})

// docs/aws-iot-core.md §2.1, §2.6, §2.7
test.each([
  ['129 bytes of client ID', { clientId: 'x'.repeat(129) }, 0x85, 2],
  ['a client ID with $', { clientId: '$x' }, 0x85, 2],
  ['a Will at QoS 2', { will: { topic: 'w', payload: Buffer.from('x'), qos: 2 as const } }, 0x9b, 5],
  ['a Will to a wildcard', { will: { topic: 'w/#', payload: Buffer.from('x') } }, 0x90, 5],
])('refuses %s', async (_, connect, reasonCode, returnCode) => {
  await start()
  const five = await connectWire(iot.url, 5, connect)
  expect(five.connack.reasonCode).toBe(reasonCode)
  await five.closed
  const four = await connectWire(iot.url, 4, connect)
  expect(four.connack.returnCode).toBe(returnCode)
  await four.closed
  expect(iot.stats().refusedConnects).toBe(2)
})

test.each([
  ['a Maximum Packet Size of 511', { maximumPacketSize: 511 }],
  ['a Receive Maximum of 0', { receiveMaximum: 0 }],
])('refuses %s', async (_, properties) => {
  await start()
  // mqtt-packet writes no Receive Maximum of 0, so that CONNECT is written by hand.
  const client = await openWire(iot.url, 5)
  const bytes =
    'receiveMaximum' in properties
      ? [0x10, 17, 0, 4, 0x4d, 0x51, 0x54, 0x54, 5, 2, 0, 60, 3, 0x21, 0, 0, 0, 1, 0x61]
      : [0x10, 19, 0, 4, 0x4d, 0x51, 0x54, 0x54, 5, 2, 0, 60, 5, 0x27, 0, 0, 1, 0xff, 0, 1, 0x61]
  client.sendBytes(Buffer.from(bytes))
  expect(await client.next()).toMatchObject({ cmd: 'connack', reasonCode: 0x80 })
})

test('speaks MQTT 3.1.1 and 5 only', async () => {
  await start()
  const client = await openWire(iot.url, 4, 'mqttv3.1')
  client.send({
    cmd: 'connect',
    protocolId: 'MQIsdp',
    protocolVersion: 3,
    clientId: 'old',
    clean: true,
    keepalive: 60,
  })
  expect(await client.next()).toMatchObject({ cmd: 'connack', returnCode: 1 })
})

// docs/aws-iot-core.md §2.1
test('the newcomer wins a client ID, and the older connection hears why', async () => {
  await start()
  const reasons: unknown[] = []
  iot.onLifecycle((event) => {
    if (event.eventType === 'disconnected') reasons.push([event.disconnectReason, event.versionNumber])
  })
  const first = await connectWire(iot.url, 5)
  await connectWire(iot.url, 5)
  expect(await first.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x8e })
  await first.closed
  expect(reasons).toEqual([['DUPLICATE_CLIENTID', 0]])
  expect(iot.stats().connections).toBe(1)
})

// docs/aws-iot-core.md §2.1
test('disconnects after one and a half keep-alives of silence, not before', async () => {
  await start()
  const silent = await connectWire(iot.url, 5, { clientId: 'silent', keepalive: 60 })
  clock.advance(90_000)
  silent.send({ cmd: 'pingreq' })
  expect(await silent.next()).toMatchObject({ cmd: 'pingresp' })
  clock.advance(91_000)
  expect(await silent.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x8d })
})

test('a WebSocket lives 24 hours', async () => {
  await start()
  const client = await connectWire(iot.url, 5, { keepalive: 1200 })
  for (let hours = 0; hours < 24; hours += 0.25) {
    client.send({ cmd: 'pingreq' })
    await client.next()
    clock.advance(900_000)
  }
  expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x98 })
})

test('closes a WebSocket that never sends CONNECT', async () => {
  await start()
  const client = await openWire(iot.url)
  clock.advance(11_000)
  await client.closed
  expect(client.received).toEqual([])
})

// docs/aws-iot-core.md §2.1, and MQTT 5.0 [MQTT-3.1.0-1]
test.each([
  ['a first packet that is no CONNECT', Buffer.from([0xc0, 0])],
  ['bytes that are no packet', Buffer.from([0x10, 2, 0xff, 0xff])],
  ['a length that never ends', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ['a packet that announces 200 MB', Buffer.from([0x10, 0xff, 0xff, 0xff, 0x5f])],
  ['more than one message may hold', Buffer.alloc(300 * 1024)],
])('closes on %s', async (_, bytes) => {
  await start()
  const client = await openWire(iot.url)
  client.sendBytes(bytes)
  await client.closed
  expect(iot.stats().connections).toBe(0)
})

test('closes on text', async () => {
  await start()
  const client = await openWire(iot.url)
  client.webSocket.send('hello')
  expect(await client.closed).toBe(1003)
})

test('a second CONNECT, AUTH, or a server’s packet ends the connection', async () => {
  await start()
  for (const [bytes, reasonCode] of [
    [Buffer.from([0xf0, 2, 0x18, 0]), 0x82],
    [Buffer.from([0xd0, 0]), 0x82],
    [Buffer.from([0x10, 2, 0, 0]), 0x81],
  ] as const) {
    const client = await connectWire(iot.url, 5, { clientId: `c${bytes[0]}` })
    client.sendBytes(bytes)
    expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode })
  }
})

test('reads packets that straddle frames, and a CONNECT with what follows it in one', async () => {
  await start()
  const client = await openWire(iot.url, 4)
  const connect = [0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 1, 0x61]
  client.sendBytes(Buffer.from(connect.slice(0, 5)))
  client.sendBytes(Buffer.from([...connect.slice(5), 0xc0, 0, 0xc0]))
  client.sendBytes(Buffer.from([0]))
  expect(await client.next()).toMatchObject({ cmd: 'connack' })
  expect(await client.next()).toMatchObject({ cmd: 'pingresp' })
  expect(await client.next()).toMatchObject({ cmd: 'pingresp' })
})

// docs/aws-iot-core.md §1
test.each(['mqtt', 'mqttv3.1'])('takes the subprotocol %s', async (subprotocol) => {
  await start()
  const client = await openWire(iot.url, 4, subprotocol)
  expect(client.webSocket.protocol).toBe(subprotocol)
})

test('refuses another path and another subprotocol', async () => {
  await start()
  await expect(openWire(iot.url.replace('/mqtt', '/other'))).rejects.toThrow('404')
  await expect(openWire(iot.url, 5, 'soap')).rejects.toThrow('400')
})

test('says goodbye when it closes', async () => {
  await start()
  const client = await connectWire(iot.url, 5)
  await iot.close()
  expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x8b })
  await start()
})

test('names a port that is taken, and what to do', async () => {
  await start()
  await expect(startIotCore({ port: iot.port, dataFile: ':memory:', authorizers: [] })).rejects.toThrow(
    /free the port, or set IOT_PORT/,
  )
})

test('a socket that resets in the middle of an upgrade harms nobody', async () => {
  await start()
  const socket = createConnection(iot.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('GET /mqtt HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n')
  socket.resetAndDestroy()
  expect((await connectWire(iot.url, 5)).connack.reasonCode).toBe(0)
})
