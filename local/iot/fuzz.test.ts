import { generate, type Packet } from 'mqtt-packet'
import { expect, test } from 'vitest'
import { seededChance } from '../chance.ts'
import { startIotCore } from './index.ts'
import { fuzz } from './testing/fuzzer.ts'
import { connectWire, openWire } from './testing/wire-client.ts'

const chance = seededChance(20_261_121)
const below = (end: number): number => Math.floor(chance.next() * end)

/** A packet of each kind that a client may send, to be damaged. */
function packets(version: 4 | 5): Buffer[] {
  const properties = version === 5 ? { userProperties: { a: 'b' }, contentType: 'c', topicAlias: 3 } : {}
  const five = version === 5 ? { properties } : {}
  const all: Packet[] = [
    {
      cmd: 'connect',
      clientId: 'fuzz',
      protocolId: 'MQTT',
      protocolVersion: version,
      clean: true,
      keepalive: 60,
      will: { topic: 'w', payload: Buffer.from('x') },
    },
    {
      cmd: 'publish',
      topic: 'a/b',
      payload: Buffer.from('payload'),
      qos: 1,
      messageId: 4,
      dup: false,
      retain: true,
      ...five,
    },
    { cmd: 'publish', topic: 'a', payload: Buffer.alloc(200), qos: 0, dup: false, retain: false },
    {
      cmd: 'subscribe',
      messageId: 2,
      subscriptions: [
        { topic: 'a/#', qos: 1 },
        { topic: 'b', qos: 0 },
      ],
    },
    { cmd: 'unsubscribe', messageId: 3, unsubscriptions: ['a/#'] },
    { cmd: 'puback', messageId: 1 },
    { cmd: 'pingreq' },
    {
      cmd: 'disconnect',
      ...(version === 5 ? { reasonCode: 4, properties: { sessionExpiryInterval: 5 } } : {}),
    },
  ]
  return all.map((packet) => generate(packet, { protocolVersion: version }))
}

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let changes = below(4); changes > 0; changes -= 1) copy[below(copy.length)] = below(256)
  return below(5) === 0 ? copy.subarray(0, below(copy.length) + 1) : copy
}

test('bytes that are damaged, on a seed, end their own connection and no other', async () => {
  const serverErrors: string[] = []
  const iot = await startIotCore({
    port: 0,
    dataFile: ':memory:',
    authorizers: [],
    anonymous: true,
    quotas: 'off',
    log: (line) => {
      if (line['reason'] === 'SERVER_ERROR') serverErrors.push(line.message)
    },
  })
  const honest = await connectWire(iot.url, 5, { clientId: 'honest' })
  for (let round = 0; round < 300; round += 1) {
    const version = round % 2 === 0 ? 4 : 5
    const samples = packets(version)
    const client =
      round % 3 === 0
        ? await openWire(iot.url, version)
        : await connectWire(iot.url, version, { clientId: `f${round}` })
    client.webSocket.removeAllListeners('message')
    for (let sent = 0; sent < 10; sent += 1)
      client.sendBytes(damaged(samples[below(samples.length)] ?? Buffer.alloc(1)))
    client.webSocket.close()
    await client.closed
  }
  honest.send({ cmd: 'pingreq' })
  expect(await honest.next()).toMatchObject({ cmd: 'pingresp' })
  await expect.poll(() => iot.stats().connections).toBe(1)
  expect(serverErrors).toEqual([])
  await iot.close()
})

test('sixty thousand random and damaged packets leave nothing behind, on a seed', async () => {
  const { clients, serverErrors, left } = await fuzz({ seed: 20_261_121, packets: 60_000 })
  expect(serverErrors).toEqual([])
  expect(left).toEqual({ connections: 0, sessions: 0, subscriptions: 0 })
  expect(clients).toBeGreaterThan(5000)
})
