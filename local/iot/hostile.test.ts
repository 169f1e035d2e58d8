import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, startIotCore } from './index.ts'
import { bounds } from './limits.ts'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { connectWire, openWire } from './testing/wire-client.ts'

let iot: IotCore
let clock: ManualClock

beforeEach(async () => {
  clock = manualClock()
  iot = await startIotCore({ anonymous: true, quotas: 'off', clock })
})
afterEach(() => iot.close())

test('hundreds of connections that never send CONNECT are gone after the deadline; an honest client stays', async () => {
  const honest = await connectWire(iot.url, 5, { clientId: 'honest' })
  const silent = await Promise.all(Array.from({ length: 300 }, () => openWire(iot.url)))
  clock.advance(bounds.connectDeadlineMs)
  await Promise.all(silent.map(({ closed }) => closed))
  honest.send({ cmd: 'pingreq' })
  expect(await honest.next()).toMatchObject({ cmd: 'pingresp' })
  expect(iot.stats()).toMatchObject({ connections: 1, sessions: 1 })
})

test('a flood of CONNECTs under one client ID leaves one session and one connection', async () => {
  const flood = await Promise.all(
    Array.from({ length: 200 }, () => connectWire(iot.url, 5, { clientId: 'everybody' })),
  )
  for (const client of flood) client.send({ cmd: 'pingreq' })
  await expect.poll(() => iot.stats()).toMatchObject({ connections: 1, sessions: 1, subscriptions: 0 })
})

test('a client that closes its half of a refused upgrade, or never does, is gone soon', async () => {
  const refused: Socket[] = []
  for (let index = 0; index < 50; index += 1) {
    const socket = connect({ port: iot.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.resume()
    socket.write(
      'GET /other HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    refused.push(socket)
  }
  await Promise.all(refused.map((socket) => once(socket, 'end')))
  // Our half stays open; the server does not wait for it longer than this.
  await Promise.all(
    refused.map(async (socket) => {
      socket.on('error', () => socket.destroy())
      const until = Date.now() + 2 * bounds.closeMs
      while (!socket.destroyed && Date.now() < until) {
        socket.write('x')
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      expect(socket.destroyed).toBe(true)
    }),
  )
})

// RFC 6455 section 5.5.3: who asks for pongs without reading them is cut off.
test('pings that nobody reads the answers to end the connection, within the bound', async () => {
  const greedy = await connectWire(iot.url, 5, { clientId: 'greedy' })
  greedy.webSocket.pause()
  const ping = Buffer.alloc(125, 'p')
  for (let sent = 0; sent < 100_000 && iot.stats().connections > 0; sent += 1) {
    greedy.webSocket.ping(ping)
    if (sent % 200 === 0) await new Promise(setImmediate)
  }
  await expect.poll(() => iot.stats().connections).toBe(0)
  greedy.webSocket.terminate()
})
