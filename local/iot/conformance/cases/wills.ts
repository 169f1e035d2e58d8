/** Wills: when they are sent, what they carry. docs/aws-iot-core.md §2.6, §8. */
import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.ts'
import type { ConnectOptions, Stage } from '../stage.ts'
import type { Speaker } from '../speaker.ts'

type Will = NonNullable<ConnectOptions['will']>

/** A client with a Will, and one that would hear it. */
async function withWill(
  stage: Stage,
  will: Partial<Will> = {},
  options: ConnectOptions = {},
): Promise<{ client: Speaker; hearing: Speaker }> {
  const hearing = await stage.connect('hearing', { keepalive: 1200 })
  await hearing.subscribeAtLeastOnce(stage.topic('will'))
  const client = await stage.connect('mortal', {
    will: { topic: stage.topic('will'), payload: Buffer.from('lost'), qos: 0, retain: false, ...will },
    ...options,
  })
  return { client, hearing }
}

/** Ends that send the Will. */
const sending: readonly ConformanceCase[] = (
  [
    ['a lost connection', 'mqtt', (client) => client.drop()],
    ['a malformed packet', 'mqtt', (client) => client.sendBytes([0x36, 2, 0, 0])],
    ['a takeover', 'mqtt', (_, stage) => stage.connect('mortal')],
  ] as const satisfies readonly (readonly [
    string,
    'mqtt' | 'aws',
    (client: Speaker, stage: Stage) => unknown,
  ])[]
).map(([what, of, end]) => ({
  section: '§2.6',
  name: `${what} sends the Will`,
  of,
  async run(stage) {
    const { client, hearing } = await withWill(stage)
    await end(client, stage)
    assert.equal(await hearing.payload(), 'lost')
    await hearing.quiet()
  },
}))

export const willCases: readonly ConformanceCase[] = [
  ...sending,
  {
    section: '§2.6',
    name: 'DISCONNECT sends no Will',
    of: 'mqtt',
    async run(stage) {
      const { client, hearing } = await withWill(stage)
      await client.disconnect()
      await hearing.quiet()
    },
  },
  {
    section: '§2.6',
    name: 'DISCONNECT with 0x04 sends the Will',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      const { client, hearing } = await withWill(stage)
      await client.disconnect({ reasonCode: 4 })
      assert.equal(await hearing.payload(), 'lost')
    },
  },
  {
    section: '§2.6',
    name: 'a WebSocket that is closed, as a closed tab leaves it, sends no Will',
    of: 'aws',
    needs: ['WebSocket'],
    async run(stage) {
      const { client, hearing } = await withWill(stage)
      await client.close()
      await hearing.quiet()
    },
  },
  {
    section: '§2.6',
    name: 'a TCP connection that is closed without DISCONNECT sends the Will',
    of: 'mqtt',
    needs: ['TCP'],
    async run(stage) {
      const { client, hearing } = await withWill(stage)
      await client.close()
      assert.equal(await hearing.payload(), 'lost')
    },
  },
  {
    section: '§2.6',
    name: 'silence sends the Will',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const { client, hearing } = await withWill(stage, {}, { keepalive: 30 })
      stage.advance(46_000)
      await client.endedWith(0x8d)
      assert.equal(await hearing.payload(), 'lost')
    },
  },
  {
    section: '§2.6',
    name: 'a Will has its QoS, and its properties',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      const { client, hearing } = await withWill(stage, {
        qos: 1,
        properties: { contentType: 't', userProperties: { a: 'b' }, correlationData: Buffer.from('c') },
      })
      client.drop()
      const { qos, properties } = await hearing.message()
      assert.deepEqual(
        [
          qos,
          properties?.contentType,
          String(properties?.correlationData),
          { ...properties?.userProperties },
        ],
        [1, 't', 'c', { a: 'b' }],
      )
    },
  },
  {
    section: '§2.6',
    name: 'a Will may be retained',
    of: 'mqtt',
    async run(stage) {
      const { client, hearing } = await withWill(stage, { retain: true, qos: 1 })
      client.drop()
      assert.equal((await hearing.message()).retain, false)
      const late = await stage.connect('late')
      await late.subscribe(stage.topic('will'))
      const kept = await late.message()
      assert.deepEqual([String(kept.payload), kept.retain], ['lost', true])
    },
  },
  {
    section: '§2.6',
    name: 'a Will is stored for who is away',
    of: 'mqtt',
    async run(stage) {
      const away = await stage.connectToStay('away')
      await away.subscribeAtLeastOnce(stage.topic('will'))
      await away.disconnect()
      const { client, hearing } = await withWill(stage, { qos: 1 })
      client.drop()
      await hearing.message()
      assert.equal(await (await stage.connectToStay('away')).payload(), 'lost')
    },
  },
  {
    section: '§2.2',
    name: 'a Will’s expiry counts from the disconnect',
    versions: [5],
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const { client, hearing } = await withWill(stage, { properties: { messageExpiryInterval: 60 } })
      stage.advance(50_000)
      client.drop()
      assert.equal((await hearing.message()).properties?.messageExpiryInterval, 60)
    },
  },
  {
    section: '§12.6',
    name: 'a Will Delay is not waited for',
    versions: [5],
    of: 'aws',
    async run(stage) {
      const { client, hearing } = await withWill(
        stage,
        { properties: { willDelayInterval: 100 } },
        { properties: { sessionExpiryInterval: 600 } },
      )
      client.drop()
      assert.equal(await hearing.payload(), 'lost')
    },
  },
  {
    section: '§2.2',
    name: 'a Will with QoS 2 is refused',
    of: 'aws',
    async run(stage) {
      const will = { topic: stage.topic('will'), payload: Buffer.from('x'), qos: 2, retain: false } as const
      const { speaker, code } = await stage.tryConnect('a', { will })
      assert.equal(code, stage.version === 5 ? 0x9b : 5)
      await speaker.ended()
    },
  },
  {
    section: '§2.7',
    name: 'a Will to a wildcard is refused',
    of: 'aws',
    async run(stage) {
      const will = { topic: stage.topic('#'), payload: Buffer.from('x'), qos: 0, retain: false } as const
      const { speaker, code } = await stage.tryConnect('a', { will })
      assert.equal(code, stage.version === 5 ? 0x90 : 5)
      await speaker.ended()
    },
  },
  {
    section: '§2.6',
    name: 'a Will that the policy does not allow is refused at CONNECT',
    of: 'aws',
    needs: ['policy'],
    async run(stage) {
      const payload = Buffer.from('x')
      for (const will of [
        { topic: stage.topicOf('denied', 'will'), payload, qos: 0, retain: false },
        { topic: stage.topicOf('unkept', 'will'), payload, qos: 0, retain: true },
      ] as const) {
        const { code } = await stage.tryConnect('a', { will })
        assert.equal(code, stage.version === 5 ? 0x87 : 5)
      }
    },
  },
]
