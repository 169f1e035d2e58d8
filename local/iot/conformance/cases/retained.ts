/** Retained messages. docs/aws-iot-core.md §2.4, §12.6, §12.15. */
import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.ts'

const retain = { retain: true } as const

/** Between two retained publishes to one topic, ms. docs/aws-iot-core.md §12.15. */
const retainedEveryMs = 1100

export const retainedCases: readonly ConformanceCase[] = [
  {
    section: '§2.4',
    name: 'a retained message comes on subscribing to its topic, with RETAIN 1, live ones with RETAIN 0',
    of: 'mqtt',
    async run(stage) {
      const saying = await stage.connect('saying')
      await saying.publish(stage.topic('a'), 'kept', retain)
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('a'))
      const kept = await hearing.message()
      assert.deepEqual([String(kept.payload), kept.retain], ['kept', true])
      await saying.publish(stage.topic('a'), 'live')
      const live = await hearing.message()
      assert.deepEqual([String(live.payload), live.retain], ['live', false])
    },
  },
  {
    section: '§2.4',
    name: 'who was there hears a retained publish with RETAIN 0',
    of: 'mqtt',
    async run(stage) {
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('a'))
      await (await stage.connect('saying')).publish(stage.topic('a'), 'x', retain)
      assert.equal((await hearing.message()).retain, false)
    },
  },
  {
    section: '§2.4',
    name: 'a wildcard brings no retained message',
    of: 'aws',
    async run(stage) {
      await (await stage.connect('saying')).publish(stage.topic('a/b'), 'kept', retain)
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('a/+'), stage.topic('a/#'), stage.topic('+/b'))
      await hearing.quiet()
    },
  },
  {
    section: '§2.4',
    name: 'it comes at the lower QoS of its publish and the subscription',
    of: 'mqtt',
    async run(stage) {
      const saying = await stage.connect('saying')
      await saying.publish(stage.topic('one'), 'x', retain)
      await saying.publishAtMostOnce(stage.topic('nought'), 'x', retain)
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('one'))
      assert.equal((await hearing.message()).qos, 0)
      await hearing.subscribeAtLeastOnce(stage.topic('one'))
      assert.equal((await hearing.message()).qos, 1)
      await hearing.subscribeAtLeastOnce(stage.topic('nought'))
      assert.equal((await hearing.message()).qos, 0)
    },
  },
  {
    section: '§2.4',
    name: 'an empty one deletes, and is delivered to who is there',
    of: 'mqtt',
    async run(stage) {
      const saying = await stage.connect('saying')
      await saying.publish(stage.topic('a'), 'kept', retain)
      const there = await stage.connect('there')
      await there.subscribe(stage.topic('a'))
      await there.message()
      await stage.pass(retainedEveryMs)
      await saying.publish(stage.topic('a'), '', retain)
      assert.equal(await there.payload(), '')
      const late = await stage.connect('late')
      await late.subscribe(stage.topic('a'))
      await late.quiet()
    },
  },
  {
    section: '§2.4',
    name: 'the latest replaces the one before, an unretained one does not',
    of: 'mqtt',
    async run(stage) {
      const saying = await stage.connect('saying')
      await saying.publish(stage.topic('a'), 'old', retain)
      await stage.pass(retainedEveryMs)
      await saying.publish(stage.topic('a'), 'new', retain)
      await saying.publish(stage.topic('a'), 'passing')
      await saying.disconnect()
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('a'))
      assert.equal(await hearing.payload(), 'new')
      await hearing.quiet()
    },
  },
  {
    section: '§2.4',
    name: 'its properties are kept, its expiry counts on',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      await (
        await stage.connect('saying')
      ).publish(stage.topic('a'), 'x', {
        ...retain,
        properties: { contentType: 't', userProperties: { a: 'b' }, messageExpiryInterval: 60 },
      })
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('a'))
      const { properties } = await hearing.message()
      assert.deepEqual([properties?.contentType, { ...properties?.userProperties }], ['t', { a: 'b' }])
      assert.ok((properties?.messageExpiryInterval ?? 0) > 50)
    },
  },
  {
    section: '§2.4',
    name: 'it ends with its expiry',
    versions: [5],
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const properties = { messageExpiryInterval: 10 }
      await (await stage.connect('saying')).publish(stage.topic('a'), 'x', { ...retain, properties })
      stage.advance(11_000)
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('a'))
      await hearing.quiet()
    },
  },
  {
    section: '§12.15',
    name: 'one a second and topic; MQTT 5 at QoS 1 is told of the next',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const speaker = await stage.connect('a')
      assert.equal(await speaker.publish(stage.topic('a'), '1', retain), 0)
      assert.equal(await speaker.publish(stage.topic('b'), '1', retain), 0)
      speaker.sendPublish(stage.topic('a'), '2', { ...retain, qos: 1 })
      if (stage.version === 5) assert.equal((await speaker.expect('puback')).reasonCode, 0x97)
      else await speaker.quiet()
      stage.advance(1000)
      assert.equal(await speaker.publish(stage.topic('a'), '3', retain), 0)
    },
  },
  {
    section: '§12.6',
    name: 'No Local, Retain As Published and Retain Handling do nothing',
    versions: [5],
    of: 'aws',
    async run(stage) {
      const topic = stage.topic('a')
      const speaker = await stage.connect('a')
      await speaker.publish(topic, 'kept', retain)
      const options = { qos: 0, nl: true, rap: true, rh: 2 } as const
      assert.deepEqual(await speaker.subscribe({ topic, ...options }), [0])
      assert.equal((await speaker.message()).retain, true)
      speaker.sendPublish(topic, 'own')
      assert.equal(await speaker.payload(), 'own')
    },
  },
]
