import type { IPublishPacket } from 'mqtt-packet'
import { afterEach, expect, test } from 'vitest'
import { seededChance } from '../chance.ts'
import { type Faults, noFaults } from '../faults.ts'
import { type IotCore, startIotCore } from './index.ts'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { connectWire, type WireClient } from './testing/wire-client.ts'

let iot: IotCore
let clock: ManualClock

async function start(faults: Partial<Faults['iot']>, qos: 0 | 1 = 0): Promise<WireClient> {
  clock = manualClock()
  iot = await startIotCore({
    port: 0,
    dataFile: ':memory:',
    authorizers: [],
    anonymous: true,
    quotas: 'off',
    clock,
    chance: seededChance(7),
    faults: { ...noFaults().iot, ...faults },
  })
  iot.publish('a', Buffer.from('kept'), { retain: true })
  const client = await connectWire(iot.url, 5)
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos }] })
  expect(await client.next()).toMatchObject({ cmd: 'suback' })
  return client
}

afterEach(() => iot.close())

/** Everything that has come by the time the broker answers a ping. */
async function payloads(client: WireClient): Promise<string[]> {
  client.send({ cmd: 'pingreq' })
  const got: string[] = []
  for (;;) {
    const packet = await client.next()
    if (packet.cmd === 'pingresp') return got
    got.push(String((packet as IPublishPacket).payload))
  }
}

test('doubles a delivery, with a packet ID of its own and DUP 0', async () => {
  const client = await start({ double: 1 }, 1)
  expect(await payloads(client)).toEqual(['kept', 'kept'])
  iot.publish('a', Buffer.from('x'), { qos: 1 })
  const [one, other] = [(await client.next()) as IPublishPacket, (await client.next()) as IPublishPacket]
  expect([one.dup, other.dup]).toEqual([false, false])
  expect(one.messageId).not.toBe(other.messageId)
})

test('drops QoS 0 and never QoS 1', async () => {
  const client = await start({ drop: 1 }, 1)
  iot.publish('a', Buffer.from('zero'))
  iot.publish('a', Buffer.from('one'), { qos: 1 })
  expect(await payloads(client)).toEqual(['one'])
})

test('delays and reorders, on a seed', async () => {
  const client = await start({ delayMs: 1000 })
  const sent = Array.from({ length: 10 }, (_, index) => `${index}`)
  for (const text of sent) iot.publish('a', Buffer.from(text))
  clock.advance(1000)
  const got = (await payloads(client)).filter((text) => text !== 'kept')
  expect(got).not.toEqual(sent)
  expect(got.sort()).toEqual(sent)
})

test('leaves a gap after SUBACK, after which the retained message is the newest', async () => {
  const client = await start({ subackPauseMs: 1000 })
  iot.publish('a', Buffer.from('newer'), { retain: true })
  expect(await payloads(client)).toEqual([])
  clock.advance(1000)
  iot.publish('a', Buffer.from('live'))
  expect(await payloads(client)).toEqual(['newer', 'live'])
})

test('a filter subscribed anew in the gap brings the retained message once', async () => {
  const client = await start({ subackPauseMs: 1000 })
  client.send({ cmd: 'subscribe', messageId: 2, subscriptions: [{ topic: 'a', qos: 0 }] })
  await client.next()
  clock.advance(1000)
  expect(await payloads(client)).toEqual(['kept'])
})

test('a session that left in the gap is sent nothing, even after the broker has closed', async () => {
  const client = await start({ subackPauseMs: 1000 })
  await client.close()
  await iot.close()
  clock.advance(1000)
  await start({})
})
