import type { Packet } from 'mqtt-packet'
import { afterEach, expect, test } from 'vitest'
import { seededChance } from '../chance.ts'
import { type Faults, noFaults } from '../faults.ts'
import { type IotCore, type IotCoreOptions, startIotCore } from './index.ts'
import { anAnswer, anAuthorizer, tokenQuery } from './testing/an-authorizer.ts'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { connectWire, openWire, type WireClient } from './testing/wire-client.ts'

// docs/aws-iot-core.md §12.14, §12.15

let iot: IotCore
let clock: ManualClock

afterEach(() => iot.close())

async function start(faults: Partial<Faults['iot']>, seed = 7, more: IotCoreOptions = {}): Promise<void> {
  clock = manualClock()
  iot = await startIotCore({
    anonymous: true,
    quotas: 'count',
    clock,
    chance: seededChance(seed),
    faults: { ...noFaults().iot, ...faults },
    ...more,
  })
}

const everything = {
  double: 0.3,
  drop: 0.2,
  delayMs: 400,
  subackPauseMs: 300,
  throttleRetained: 0.2,
  forgetRetained: 0.2,
  kick: 0.1,
} satisfies Partial<Faults['iot']>

/** What a client was sent that a seed decides: no UUIDs, no times of the real clock. */
function told(packet: Packet): string {
  if (packet.cmd === 'publish')
    return `${packet.topic} ${String(packet.payload)} qos ${packet.qos} id ${packet.messageId ?? '-'} retain ${packet.retain}`
  return packet.cmd === 'disconnect' ? `disconnect ${packet.reasonCode}` : packet.cmd
}

/** Waits until the broker has answered everything before: a ping, or the end of the connection. */
async function settled(client: WireClient): Promise<void> {
  if (await isClosed(client)) return
  const pings = client.received.filter(({ cmd }) => cmd === 'pingresp').length
  client.send({ cmd: 'pingreq' })
  while (client.received.filter(({ cmd }) => cmd === 'pingresp').length === pings) {
    if (await isClosed(client)) return
  }
}

async function isClosed(client: WireClient): Promise<boolean> {
  return Promise.race([client.closed.then(() => true), turn().then(() => false)])
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** One run: three clients, twenty seconds of publishes; everything that each was sent, and what every publisher was told. */
async function transcript(seed: number): Promise<string[]> {
  await start(everything, seed)
  const lines: string[] = []
  iot.onLifecycle((event) => lines.push(`${event.timestamp} ${event.eventType} ${event.clientId}`))
  const clients: WireClient[] = []
  for (const clientId of ['a', 'b', 'c']) {
    const client = await connectWire(iot.url, 5, { clientId })
    client.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [
        { topic: 't', qos: 1 },
        { topic: '#', qos: 0 },
      ],
    })
    await settled(client)
    clients.push(client)
  }
  for (let step = 0; step < 40; step += 1) {
    try {
      iot.publish('t', Buffer.from(String(step)), { qos: step % 2 === 0 ? 1 : 0, retain: step % 5 === 0 })
      lines.push(`published ${step}`)
    } catch {
      lines.push(`refused ${step}`)
    }
    clock.advance(500)
    for (const client of clients) await settled(client)
  }
  lines.push(`kept ${iot.stats().retainedMessages} dropped ${iot.stats().drops.fault}`)
  await iot.close()
  for (const client of clients) await client.closed
  return [...lines, ...clients.flatMap(({ received }) => received.map(told))]
}

test('the same seed gives the same run, packet by packet; another seed gives another', async () => {
  const first = await transcript(7)
  expect(first.length).toBeGreaterThan(100)
  expect(first.some((line) => line.startsWith('refused'))).toBe(true)
  expect(first.some((line) => line === 'disconnect 152')).toBe(true)
  expect(await transcript(7)).toEqual(first)
  expect(await transcript(8)).not.toEqual(first)
  await start({})
})

test('kicks a connection now and then: MQTT 5 is told 0x98, and the Will is sent', async () => {
  await start({ kick: 1 })
  const client = await connectWire(iot.url, 5)
  const reasons: unknown[] = []
  iot.onLifecycle((event) => 'disconnectReason' in event && reasons.push(event.disconnectReason))
  clock.advance(1000)
  expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x98 })
  expect(reasons).toEqual(['SERVER_INITIATED_DISCONNECT'])
})

test('§5a ends an authorisation early, of clients that an authorizer let in alone', async () => {
  await start({ expireEarly: 1 }, 7, { anonymous: false, authorizers: [anAuthorizer(() => anAnswer())] })
  const client = await connectWire(`${iot.url}?${tokenQuery('t')}`, 5, { clientId: 'visitor1-0' })
  const reasons: unknown[] = []
  iot.onLifecycle((event) => 'disconnectReason' in event && reasons.push(event.disconnectReason))
  clock.advance(1000)
  expect(await client.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x87 })
  expect(reasons).toEqual(['CUSTOMAUTH_TTL_EXPIRATION'])
  await iot.close()
  await start({ expireEarly: 1 })
  const anonymous = await connectWire(iot.url, 5)
  clock.advance(1000)
  await settled(anonymous)
  expect(anonymous.received.map(({ cmd }) => cmd)).toEqual(['connack', 'pingresp'])
})

test.each([
  [4000, 0],
  [60_000, 0x87],
])(
  '§5a an authorizer that is up to %d ms late answers the CONNECT with %d',
  async (authorizerDelayMs, code) => {
    const waits: number[] = []
    const turned = manualClock()
    const authorizer = anAuthorizer(() => anAnswer())
    await start({ authorizerDelayMs }, 7, {
      anonymous: false,
      authorizers: [authorizer],
      clock: {
        ...turned,
        after: (ms, run) => {
          waits.push(ms)
          return turned.after(ms, run)
        },
      },
    })
    const client = await openWire(`${iot.url}?${tokenQuery('t')}`)
    client.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clientId: 'visitor1-0',
      clean: true,
      keepalive: 60,
    })
    // The sweep's second and the authorizer's time-out are waits, too.
    while (!waits.some((ms) => ms !== 1000 && ms !== 5000)) await turn()
    expect(authorizer.events).toEqual([])
    turned.advance(4000)
    await turn()
    turned.advance(1000)
    expect(await client.next()).toMatchObject({ cmd: 'connack', reasonCode: code })
  },
)

test('§9 a rule may carry an action out twice', async () => {
  const sent: string[] = []
  await start({ doubleAction: 1 }, 7, {
    rules: [
      {
        name: 'r',
        sql: "SELECT * FROM 'a'",
        sqlVersion: '2016-03-23',
        actions: [{ type: 'sqs', queueUrl: 'q' }],
      },
    ],
    ruleTargets: { sqs: async (_, body) => void sent.push(body) },
  })
  iot.publish('a', Buffer.from('1'))
  await iot.rulesIdle()
  expect(sent).toEqual(['1', '1'])
})
