/** Sessions: clean start, expiry, what is kept for who is away. docs/aws-iot-core.md §2.1. */
import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.ts'
import type { Stage } from '../stage.ts'

const present = async (stage: Stage, name: string): Promise<boolean | undefined> =>
  (await stage.connectToStay(name)).connack?.sessionPresent

/** A client with a session and a QoS 1 subscription to `a`, gone again. */
async function leaveBehind(stage: Stage): Promise<void> {
  const first = await stage.connectToStay('phone')
  assert.deepEqual(await first.subscribeAtLeastOnce(stage.topic('a')), [1])
  await first.disconnect()
}

export const sessionCases: readonly ConformanceCase[] = [
  {
    section: '§2.1',
    name: 'a clean start finds no session',
    of: 'mqtt',
    async run(stage) {
      assert.equal((await stage.connect('a')).connack?.sessionPresent, false)
    },
  },
  {
    section: '§2.1',
    name: 'a session is resumed, and its subscriptions with it',
    of: 'mqtt',
    async run(stage) {
      await leaveBehind(stage)
      const second = await stage.connectToStay('phone')
      assert.equal(second.connack?.sessionPresent, true)
      await (await stage.connect('saying')).publish(stage.topic('a'), 'again')
      assert.equal(await second.payload(), 'again')
    },
  },
  {
    section: '§2.1',
    name: 'QoS 1 for who is away is kept, QoS 0 is not',
    of: 'mqtt',
    async run(stage) {
      await leaveBehind(stage)
      const saying = await stage.connect('saying')
      await saying.publishAtMostOnce(stage.topic('a'), 'QoS 0')
      await saying.publish(stage.topic('a'), 'QoS 1')
      const second = await stage.connectToStay('phone')
      const packet = await second.message()
      assert.deepEqual([String(packet.payload), packet.qos], ['QoS 1', 1])
      await second.quiet()
    },
  },
  {
    section: '§2.1',
    name: 'a QoS 0 subscription keeps nothing for who is away',
    of: 'mqtt',
    async run(stage) {
      const first = await stage.connectToStay('phone')
      await first.subscribe(stage.topic('a'))
      await first.disconnect()
      const saying = await stage.connect('saying')
      await saying.publish(stage.topic('a'))
      await (await stage.connectToStay('phone')).quiet()
    },
  },
  {
    section: '§2.1',
    name: 'what was kept is sent ten a second',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      await leaveBehind(stage)
      const saying = await stage.connect('saying')
      for (const payload of ['0', '1', '2']) await saying.publish(stage.topic('a'), payload)
      const second = await stage.connectToStay('phone')
      assert.equal(await second.payload(), '0')
      await second.quiet()
      stage.advance(100)
      assert.equal(await second.payload(), '1')
      await second.quiet()
      stage.advance(100)
      assert.equal(await second.payload(), '2')
    },
  },
  {
    section: '§2.1',
    name: 'live messages do not wait for those that were kept',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      await leaveBehind(stage)
      const saying = await stage.connect('saying')
      for (const payload of ['0', '1']) await saying.publish(stage.topic('a'), payload)
      const second = await stage.connectToStay('phone')
      assert.equal(await second.payload(), '0')
      await saying.publish(stage.topic('a'), 'live')
      assert.equal(await second.payload(), 'live')
    },
  },
  {
    section: '§2.1',
    name: 'what was not acknowledged comes again to a resumed session',
    of: 'mqtt',
    async run(stage) {
      const first = await stage.connectToStay('phone')
      await first.subscribeAtLeastOnce(stage.topic('a'))
      await (await stage.connect('saying')).publish(stage.topic('a'), 'again')
      await first.unacknowledged()
      first.drop()
      const second = await stage.connectToStay('phone')
      assert.equal(await second.payload(), 'again')
    },
  },
  {
    section: '§2.2',
    name: 'what comes again has DUP 0',
    of: 'aws',
    async run(stage) {
      const first = await stage.connectToStay('phone')
      await first.subscribeAtLeastOnce(stage.topic('a'))
      await (await stage.connect('saying')).publish(stage.topic('a'), 'again')
      await first.unacknowledged()
      first.drop()
      assert.equal((await (await stage.connectToStay('phone')).message()).dup, false)
    },
  },
  {
    section: '§2.1',
    name: 'a clean start ends the session that was',
    of: 'mqtt',
    async run(stage) {
      await leaveBehind(stage)
      const clean = await stage.connect('phone')
      assert.equal(clean.connack?.sessionPresent, false)
      await (await stage.connect('saying')).publish(stage.topic('a'))
      await clean.quiet()
      await clean.disconnect()
      assert.equal(await present(stage, 'phone'), false)
    },
  },
  {
    section: '§2.1',
    name: 'a session of the other version of MQTT is not resumed',
    of: 'aws',
    async run(stage) {
      await leaveBehind(stage)
      const other = await stage.connectToStay('phone', {}, stage.version === 5 ? 4 : 5)
      assert.equal(other.connack?.sessionPresent, false)
    },
  },
  {
    section: '§2.1',
    name: 'without an expiry a session ends with its connection',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      const first = await stage.connect('phone', { clean: false })
      await first.disconnect()
      assert.equal((await stage.connect('phone', { clean: false })).connack?.sessionPresent, false)
    },
  },
  {
    section: '§2.1',
    name: 'a longer expiry is cut to an hour, and told',
    versions: [5],
    of: 'aws',
    async run(stage) {
      const { connack } = await stage.connect('a', { properties: { sessionExpiryInterval: 0xffffffff } })
      assert.equal(connack?.properties?.sessionExpiryInterval, 3600)
    },
  },
  {
    section: '§2.1',
    name: 'a session ends when its expiry is over, not before',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      await leaveBehind(stage)
      const lifeMs = stage.version === 5 ? 600_000 : 3_600_000
      stage.advance(lifeMs - 2000)
      const second = await stage.connectToStay('phone')
      assert.equal(second.connack?.sessionPresent, true)
      await second.disconnect()
      stage.advance(lifeMs + 2000)
      assert.equal(await present(stage, 'phone'), false)
    },
  },
  {
    section: '§2.1',
    name: 'DISCONNECT may end the session',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      const first = await stage.connectToStay('phone')
      await first.disconnect({ properties: { sessionExpiryInterval: 0 } })
      assert.equal(await present(stage, 'phone'), false)
    },
  },
  {
    section: '§2.1',
    name: 'DISCONNECT may change the expiry',
    versions: [5],
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      for (const [sessionExpiryInterval, kept] of [
        [30, false],
        [100, true],
      ] as const) {
        const first = await stage.connectToStay('phone', { properties: { sessionExpiryInterval: 60 } })
        await first.disconnect({ properties: { sessionExpiryInterval } })
        stage.advance(45_000)
        const second = await stage.connectToStay('phone')
        assert.equal(second.connack?.sessionPresent, kept)
        await second.disconnect()
      }
    },
  },
  {
    section: '§2.1',
    name: 'DISCONNECT may not give an expiry to a session that began without',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.connect('a')
      speaker.send({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 60 } })
      await speaker.endedWith(0x82)
    },
  },
  {
    section: '§2.2',
    name: 'a kept message that has expired is not sent, the expiry of others has shrunk',
    versions: [5],
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      await leaveBehind(stage)
      const saying = await stage.connect('saying')
      await saying.publish(stage.topic('a'), 'old', { properties: { messageExpiryInterval: 10 } })
      await saying.publish(stage.topic('a'), 'left', { properties: { messageExpiryInterval: 100 } })
      stage.advance(20_000)
      const second = await stage.connectToStay('phone')
      stage.advance(100)
      const packet = await second.message()
      assert.deepEqual([String(packet.payload), packet.properties?.messageExpiryInterval], ['left', 80])
    },
  },
  {
    section: '§2.2',
    name: 'an MQTT 5 message expires toward this version’s subscribers too',
    versions: [4],
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      await leaveBehind(stage)
      const saying = await stage.connect('saying', {}, 5)
      await saying.publish(stage.topic('a'), 'old', { properties: { messageExpiryInterval: 10 } })
      stage.advance(20_000)
      await (await stage.connectToStay('phone')).quiet()
    },
  },
]
