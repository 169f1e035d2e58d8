/** Packets that are well-formed, and meant ill. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { generate } from 'mqtt-packet'
import { type IotCore, startIotCore } from '../index.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { dataPlaneClient } from '../testing/data-plane-client.ts'
import { PublishCommand } from '@aws-sdk/client-iot-data-plane'
import { connectWire, openWire } from '../testing/wire-client.ts'

let iot: IotCore
let clock: ManualClock

beforeEach(async () => {
  clock = manualClock()
  iot = await startIotCore({ anonymous: true, quotas: 'enforce', clock })
})
afterEach(() => iot.close())

test('§2.2 a Will is bound as any message is: its properties count', async () => {
  const client = await openWire(iot.url)
  client.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clientId: 'w',
    clean: true,
    keepalive: 60,
    will: {
      topic: 'w',
      payload: Buffer.from('x'),
      qos: 0,
      retain: false,
      properties: { userProperties: { a: 'b'.repeat(20_000) } },
    },
  })
  expect(await client.next()).toMatchObject({ cmd: 'connack', reasonCode: 0x97 })
})

test('MQTT 5.0 [MQTT-3.3.2-14] a Will’s response topic has no wildcard either', async () => {
  const client = await openWire(iot.url)
  client.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clientId: 'w',
    clean: true,
    keepalive: 60,
    will: {
      topic: 'w',
      payload: Buffer.from('x'),
      qos: 0,
      retain: false,
      properties: { responseTopic: 'a/#' },
    },
  })
  expect(await client.next().catch(() => ({ cmd: 'closed' }))).not.toMatchObject({
    cmd: 'connack',
    reasonCode: 0,
  })
})

test('§2.5 who is no member of a group leaves no trace in its changes a second', async () => {
  const member = await connectWire(iot.url, 5, { clientId: 'member' })
  const subscribe = {
    cmd: 'subscribe' as const,
    messageId: 1,
    subscriptions: [{ topic: '$share/g/a', qos: 0 as const }],
  }
  member.send(subscribe)
  expect(await member.next()).toMatchObject({ cmd: 'suback', granted: [0] })
  const hostile = await connectWire(iot.url, 5, { clientId: 'hostile' })
  hostile.send({
    cmd: 'unsubscribe',
    messageId: 2,
    unsubscriptions: Array.from({ length: 500 }, () => '$share/g/a'),
  })
  await hostile.next()
  const late = await connectWire(iot.url, 5, { clientId: 'late' })
  late.send(subscribe)
  expect(await late.next()).toMatchObject({ cmd: 'suback', granted: [0] })
})

test('MQTT 5.0 [MQTT-1.5.4-2] U+0000 in a property over HTTP reaches no subscriber', async () => {
  const client = dataPlaneClient(iot, clock)
  const user = Buffer.from(JSON.stringify([{ a: 'x\0y' }])).toString('base64')
  await expect(client.send(new PublishCommand({ topic: 'a', userProperties: user }))).rejects.toMatchObject({
    name: 'InvalidRequestException',
  })
  await expect(client.send(new PublishCommand({ topic: 'a', contentType: 'x\0y' }))).rejects.toMatchObject({
    name: 'InvalidRequestException',
  })
})

test('thousands of user properties with U+FFFD cost about what others do', async () => {
  const time = async (text: string): Promise<number> => {
    // An ID of its own, by the broker's choice.
    const client = await connectWire(iot.url, 5, { clientId: '' })
    const userProperties = { a: Array.from({ length: 9000 }, (_, at) => `${text}${at.toString(36)}`) }
    const publish = { cmd: 'publish', topic: 'a', payload: '', qos: 0, dup: false, retain: false } as const
    const packet = generate({ ...publish, properties: { userProperties } }, { protocolVersion: 5 })
    const before = performance.now()
    client.sendBytes(packet)
    expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x97 })
    return performance.now() - before
  }
  await time('abc')
  const plain = await time('abc')
  expect(await time('\uFFFD')).toBeLessThan(5 * plain + 30)
})
