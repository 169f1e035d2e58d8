import { once } from 'node:events'
import { createConnection } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type IotCore, type IotCoreOptions, startIotCore } from './index.ts'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { connectWire, openTcpWire, openWire } from './testing/wire-client.ts'

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

test('refuses a Receive Maximum of 0', async () => {
  await start()
  // mqtt-packet writes none, so that CONNECT is written by hand.
  const client = await openWire(iot.url, 5)
  client.sendBytes(
    Buffer.from([0x10, 17, 0, 4, 0x4d, 0x51, 0x54, 0x54, 5, 2, 0, 60, 3, 0x21, 0, 0, 0, 1, 0x61]),
  )
  expect(await client.next()).toMatchObject({ cmd: 'connack', reasonCode: 0x80 })
  expect(iot.stats().refusedConnects).toBe(1)
})

// docs/aws-iot-core.md §2.1
test('the newcomer wins a client ID, and the older connection hears why', async () => {
  await start()
  const reasons: unknown[] = []
  iot.onLifecycle((event) => {
    if (event.eventType === 'disconnected') reasons.push([event.disconnectReason, event.versionNumber])
  })
  const first = await connectWire(iot.url, 5)
  clock.advance(1000)
  await connectWire(iot.url, 5)
  expect(await first.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x8e })
  await first.closed
  expect(reasons).toEqual([['DUPLICATE_CLIENTID', 0]])
  expect(iot.stats().connections).toBe(1)
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

test('has no TCP port unless it is asked for one', async () => {
  await start()
  expect(iot.tcpPort).toBeUndefined()
})

test('says goodbye over TCP too, and frees both ports', async () => {
  await start({ tcpPort: 0 })
  const { port, tcpPort = 0 } = iot
  const client = await openTcpWire(tcpPort)
  client.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clientId: 'tcp',
    clean: true,
    keepalive: 60,
  })
  await client.next()
  await iot.close()
  expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x8b })
  await client.closed
  await start({ port, tcpPort })
})

test('a TCP port that is taken is named, and the other port is free again', async () => {
  await start({ tcpPort: 0 })
  const other = await startIotCore({ anonymous: true })
  const { port } = other
  await other.close()
  await expect(startIotCore({ port, tcpPort: iot.tcpPort ?? 0 })).rejects.toThrow(/set tcpPort /)
  await (await startIotCore({ port })).close()
})

test('a socket that resets in the middle of an upgrade harms nobody', async () => {
  await start()
  const socket = createConnection(iot.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('GET /mqtt HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n')
  socket.resetAndDestroy()
  expect((await connectWire(iot.url, 5)).connack.reasonCode).toBe(0)
})
