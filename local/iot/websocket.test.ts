import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { generate } from 'mqtt-packet'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, type LifecycleEvent, startIotCore } from './index.ts'
import { bounds } from './limits.ts'
import { clientFrame, clientFrameHeader } from './testing/client-frame.ts'

let iot: IotCore
const events: LifecycleEvent[] = []

beforeEach(async () => {
  iot = await startIotCore({ anonymous: true, quotas: 'off' })
  events.length = 0
  iot.onLifecycle((event) => events.push(event))
})
afterEach(() => iot.close())

const upgrade = {
  Host: 'localhost',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Protocol': 'mqtt',
}

/** A socket on which this request was sent, and all that has come on it. */
async function raw(
  headers: Readonly<Record<string, string>> = upgrade,
  method = 'GET',
  more: Uint8Array = Buffer.alloc(0),
): Promise<{ socket: Socket; received: () => Buffer }> {
  const socket = connect(iot.port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (bytes) => chunks.push(bytes))
  socket.on('error', () => {})
  await once(socket, 'connect')
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(Buffer.concat([Buffer.from(`${method} /mqtt HTTP/1.1\r\n${head.join('')}\r\n`), more]))
  return { socket, received: () => Buffer.concat(chunks) }
}

/** What came after the handshake. */
function afterHandshake(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)
}

const connectPacket = generate({
  cmd: 'connect',
  clientId: 'raw',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  keepalive: 60,
})

// RFC 6455 section 1.3 has this key and its answer.
test('opens a WebSocket, and hears what came with the request', async () => {
  const { received } = await raw(upgrade, 'GET', clientFrame({ opcode: 2, payload: connectPacket }))
  await expect.poll(() => iot.stats().connections).toBe(1)
  await expect.poll(() => afterHandshake(received()).toString('hex')).toBe('820420020000')
  expect(received().toString('latin1')).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n')
})

// RFC 6455 section 4.2
test.each([
  ['another version', { ...upgrade, 'Sec-WebSocket-Version': '8' }, 'GET', '426 Upgrade Required'],
  ['a short key', { ...upgrade, 'Sec-WebSocket-Key': 'short' }, 'GET', '400 Bad Request'],
  ['another protocol', { ...upgrade, Upgrade: 'h2c' }, 'GET', '400 Bad Request'],
  ['another method', upgrade, 'POST', '405 Method Not Allowed'],
  ['another subprotocol', { ...upgrade, 'Sec-WebSocket-Protocol': 'amqp' }, 'GET', '400 Bad Request'],
])('refuses an upgrade with %s', async (_, headers, method, status) => {
  const { socket, received } = await raw(headers, method)
  await once(socket, 'close')
  expect(received().toString('latin1').split('\r\n')[0]).toBe(`HTTP/1.1 ${status}`)
})

// RFC 6455 section 5.5.2, 5.5.1
test('answers a ping with its bytes, and a close with its code', async () => {
  const { socket, received } = await raw()
  socket.write(clientFrame({ opcode: 9, payload: Buffer.from('hi') }))
  await expect.poll(() => afterHandshake(received()).toString('latin1')).toBe('\u008a\u0002hi')
  socket.write(clientFrame({ opcode: 8, payload: Buffer.from([3, 233]) }))
  await once(socket, 'close')
  expect(afterHandshake(received()).subarray(4).toString('hex')).toBe('880203e9')
})

test.each([
  ['an unmasked frame', Buffer.from([0x82, 1, 7]), 1002],
  ['text', clientFrame({ opcode: 1, payload: Buffer.from('x') }), 1003],
  [
    'more than is taken, by its header',
    Buffer.concat([clientFrameHeader(0x82, bounds.webSocketMessageBytes + 1), Buffer.alloc(4)]),
    1009,
  ],
])('%s ends the connection with its close code, as one that is lost', async (_, bytes, code) => {
  const { socket, received } = await raw()
  socket.write(clientFrame({ opcode: 2, payload: connectPacket }))
  await expect.poll(() => iot.stats().connections).toBe(1)
  socket.write(bytes)
  await once(socket, 'close')
  expect(received().readUInt16BE(received().length - 2)).toBe(code)
  expect(events.at(-1)).toMatchObject({ eventType: 'disconnected', disconnectReason: 'CONNECTION_LOST' })
})

// docs/aws-iot-core.md §2.6
test('half a connection is lost; one that says goodbye is not', async () => {
  const lost = await raw()
  lost.socket.write(clientFrame({ opcode: 2, payload: connectPacket }))
  await expect.poll(() => iot.stats().connections).toBe(1)
  lost.socket.end()
  await expect.poll(() => events.at(-1)).toMatchObject({ disconnectReason: 'CONNECTION_LOST' })
  const leaving = await raw()
  leaving.socket.write(clientFrame({ opcode: 2, payload: connectPacket }))
  await expect.poll(() => iot.stats().connections).toBe(1)
  leaving.socket.write(clientFrame({ opcode: 8 }))
  await expect.poll(() => events.at(-1)).toMatchObject({ disconnectReason: 'CLIENT_INITIATED_DISCONNECT' })
})
