/** Clients that want the broker's memory, its processor or its log. */
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type IotCore, type LogLine, startIotCore } from '../index.ts'
import { bounds } from '../limits.ts'
import { anAuthorizer, tokenQuery } from '../testing/an-authorizer.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { connectWire } from '../testing/wire-client.ts'

let iot: IotCore

afterEach(() => iot.close())

test('denials that a client makes as fast as it can fill no log', async () => {
  const lines: LogLine[] = []
  const clock = manualClock()
  iot = await startIotCore({ authorizers: [anAuthorizer()], clock, log: (line) => lines.push(line) })
  const client = await connectWire(`${iot.url}?${tokenQuery('t')}`, 5, { clientId: 'visitor1-0' })
  for (let messageId = 1; messageId <= 2000; messageId += 1)
    client.send({ cmd: 'subscribe', messageId, subscriptions: [{ topic: `private/${messageId}`, qos: 0 }] })
  await expect.poll(() => client.received.length).toBe(2001)
  expect(iot.stats().denials).toBe(2000)
  expect(lines.length).toBeLessThan(100)
  clock.advance(1000)
  client.send({ cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: 'private/x', qos: 0 }] })
  await expect.poll(() => client.received.length).toBe(2002)
  expect(lines.at(-1)).toMatchObject({ message: 'denied' })
})

test('a thousand CONNECTs that stop before their end hold no more than a bound, and an honest one is let in', async () => {
  iot = await startIotCore({ anonymous: true, tcpPort: 0, quotas: 'off' })
  const part = Buffer.concat([Buffer.from([0x10, 0x80, 0x80, 0x09]), Buffer.alloc(100_000)])
  const sockets: Socket[] = []
  let closed = 0
  for (let count = 0; count < 1000; count += 1) {
    const socket = connect(iot.tcpPort ?? 0, '127.0.0.1')
    // A reset is one way to be closed.
    socket.on('error', () => {})
    socket.on('close', () => (closed += 1))
    socket.resume()
    socket.write(part)
    sockets.push(socket)
  }
  await expect.poll(() => closed, { timeout: 10_000 }).toBe(1000 - bounds.largeConnects)
  const will = { topic: 'a', payload: Buffer.alloc(60_000), qos: 0 as const, retain: false }
  const honest = await connectWire(iot.url, 5, { clientId: 'honest', will })
  expect(honest.connack.reasonCode).toBe(0)
  for (const socket of sockets) socket.destroy()
})
