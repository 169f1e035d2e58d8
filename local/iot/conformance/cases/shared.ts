/** Shared subscriptions. docs/aws-iot-core.md §2.5. */
import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.ts'
import type { Speaker } from '../speaker.ts'

/** How many messages are waiting for a client: what comes before a PINGRESP. */
async function count(speaker: Speaker): Promise<number> {
  speaker.send({ cmd: 'pingreq' })
  for (let messages = 0; ; messages += 1) {
    const packet = await speaker.next()
    if (packet.cmd === 'pingresp') return messages
    assert.equal(packet.cmd, 'publish')
    if (packet.cmd === 'publish' && packet.qos === 1) speaker.acknowledge(packet)
  }
}

export const sharedCases: readonly ConformanceCase[] = [
  {
    section: '§2.5',
    name: 'each message goes to one member of a group, and every member gets some',
    of: 'mqtt',
    async run(stage) {
      const filter = stage.shared('g', 'a/+')
      const members = [await stage.connect('m0'), await stage.connect('m1')]
      for (const member of members) assert.deepEqual(await member.subscribe(filter), [0])
      const saying = await stage.connect('saying')
      for (let at = 0; at < 60; at += 1) saying.sendPublish(stage.topic(`a/${at}`), `${at}`)
      await saying.quiet()
      const counts = await Promise.all(members.map(count))
      assert.equal((counts[0] ?? 0) + (counts[1] ?? 0), 60)
      assert.ok(Math.min(...counts) > 0, counts.join())
    },
  },
  {
    section: '§2.5',
    name: 'members may speak either version of MQTT',
    of: 'mqtt',
    async run(stage) {
      const members = [await stage.connect('m4', {}, 4), await stage.connect('m5', {}, 5)]
      for (const member of members) await member.subscribe(stage.shared('g', 'a'))
      const saying = await stage.connect('saying')
      for (let at = 0; at < 30; at += 1) saying.sendPublish(stage.topic('a'), `${at}`)
      await saying.quiet()
      const counts = await Promise.all(members.map(count))
      assert.equal((counts[0] ?? 0) + (counts[1] ?? 0), 30)
    },
  },
  {
    section: '§2.5',
    name: 'every group that matches gets the message, and who is in none',
    of: 'mqtt',
    async run(stage) {
      const filters = [
        stage.shared('g', 'a'),
        stage.shared('h', 'a'),
        stage.shared('g', '+'),
        stage.topic('a'),
      ]
      const speakers: Speaker[] = []
      for (const [at, filter] of filters.entries()) {
        const speaker = await stage.connect(`m${at}`)
        await speaker.subscribe(filter)
        speakers.push(speaker)
      }
      await (await stage.connect('saying')).publish(stage.topic('a'), 'x')
      for (const speaker of speakers) assert.equal(await speaker.payload(), 'x')
    },
  },
  {
    section: '§2.5',
    name: 'a message comes at the lower QoS of its publish and the member’s subscription',
    of: 'mqtt',
    async run(stage) {
      const member = await stage.connect('m')
      assert.deepEqual(await member.subscribeAtLeastOnce(stage.shared('g', 'a')), [1])
      const saying = await stage.connect('saying')
      await saying.publish(stage.topic('a'))
      assert.equal((await member.message()).qos, 1)
      await saying.publishAtMostOnce(stage.topic('a'))
      assert.equal((await member.message()).qos, 0)
    },
  },
  {
    section: '§2.4',
    name: 'a shared subscription brings no retained message',
    of: 'mqtt',
    async run(stage) {
      await (await stage.connect('saying')).publish(stage.topic('a'), 'kept', { retain: true })
      const member = await stage.connect('m')
      await member.subscribe(stage.shared('g', 'a'))
      await member.quiet()
    },
  },
  {
    section: '§2.5',
    name: 'who has left gets nothing more, the others get all',
    of: 'mqtt',
    async run(stage) {
      const filter = stage.shared('g', 'a')
      const staying = await stage.connect('staying')
      const leaving = await stage.connect('leaving')
      const gone = await stage.connect('gone')
      for (const member of [staying, leaving, gone]) await member.subscribe(filter)
      await leaving.unsubscribe(filter)
      await gone.disconnect()
      const saying = await stage.connect('saying')
      for (let at = 0; at < 20; at += 1) saying.sendPublish(stage.topic('a'), `${at}`)
      await saying.quiet()
      assert.equal(await count(staying), 20)
      await leaving.quiet()
    },
  },
  {
    section: '§2.5',
    name: 'a member that is away is passed over while another is there',
    of: 'aws',
    async run(stage) {
      const filter = stage.shared('g', 'a')
      const away = await stage.connectToStay('away')
      await away.subscribeAtLeastOnce(filter)
      const here = await stage.connect('here')
      await here.subscribeAtLeastOnce(filter)
      await away.disconnect()
      const saying = await stage.connect('saying')
      for (let at = 0; at < 10; at += 1) await saying.publish(stage.topic('a'), `${at}`)
      assert.equal(await count(here), 10)
    },
  },
  {
    section: '§2.5',
    name: 'QoS 1 is queued while all are away and one of them has a session; QoS 0 is lost',
    of: 'aws',
    async run(stage) {
      const filter = stage.shared('g', 'a')
      const away = await stage.connectToStay('away')
      await away.subscribeAtLeastOnce(filter)
      await away.disconnect()
      const saying = await stage.connect('saying')
      await saying.publishAtMostOnce(stage.topic('a'), 'lost')
      await saying.publish(stage.topic('a'), 'queued')
      const back = await stage.connectToStay('away')
      assert.equal(await back.payload(), 'queued')
      await back.quiet()
    },
  },
  {
    section: '§2.5',
    name: 'what is queued goes to any member that comes, twenty a second and member',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const filter = stage.shared('g', 'a')
      const away = await stage.connectToStay('away')
      await away.subscribeAtLeastOnce(filter)
      await away.disconnect()
      // It may come back at once.
      stage.advance(1000)
      const saying = await stage.connect('saying')
      for (let at = 0; at < 5; at += 1) await saying.publish(stage.topic('a'), `${at}`)
      const other = await stage.connect('other')
      await other.subscribeAtLeastOnce(filter)
      assert.equal(await count(other), 1)
      stage.advance(50)
      assert.equal(await count(other), 1)
      const back = await stage.connectToStay('away')
      stage.advance(50)
      assert.deepEqual([await count(other), await count(back)], [1, 1])
      stage.advance(50)
      assert.equal((await count(other)) + (await count(back)), 1)
    },
  },
  {
    section: '§2.5',
    name: 'a group without a session queues nothing',
    of: 'aws',
    async run(stage) {
      const filter = stage.shared('g', 'a')
      const first = await stage.connect('first')
      await first.subscribeAtLeastOnce(filter)
      await first.disconnect()
      await (await stage.connect('saying')).publish(stage.topic('a'))
      const second = await stage.connect('second')
      await second.subscribeAtLeastOnce(filter)
      await second.quiet()
    },
  },
  {
    section: '§2.5',
    name: 'over 100 a second a message goes to another member, and is queued when there is none',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const filter = stage.shared('g', 'a')
      const members = [await stage.connectToStay('m0'), await stage.connectToStay('m1')]
      for (const member of members) await member.subscribeAtLeastOnce(filter)
      for (const publisher of ['p0', 'p1', 'p2']) {
        const saying = await stage.connect(publisher)
        for (let at = 0; at < 80; at += 1) saying.sendPublish(stage.topic('a'), `${at}`, { qos: 1 })
        for (let at = 0; at < 80; at += 1) await saying.expect('puback')
      }
      const counts = await Promise.all(members.map(count))
      assert.deepEqual(counts, [100, 100])
      stage.advance(2000)
      const rest = await Promise.all(members.map(count))
      assert.equal((rest[0] ?? 0) + (rest[1] ?? 0), 40)
    },
  },
  {
    section: '§2.5',
    name: 'over 100 a second nothing is queued where no member has a session',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const member = await stage.connect('m')
      await member.subscribeAtLeastOnce(stage.shared('g', 'a'))
      for (const publisher of ['p0', 'p1']) {
        const saying = await stage.connect(publisher)
        for (let at = 0; at < 80; at += 1) saying.sendPublish(stage.topic('a'), `${at}`, { qos: 1 })
        for (let at = 0; at < 80; at += 1) await saying.expect('puback')
      }
      assert.equal(await count(member), 100)
      stage.advance(2000)
      assert.equal(await count(member), 0)
    },
  },
  {
    section: '§2.5',
    name: 'the prefix counts neither as length nor as slashes',
    of: 'aws',
    async run(stage) {
      const name = 'b/c/d/e/f/g/'
      const filter = stage.shared('x'.repeat(40), name)
      const member = await stage.connect('m')
      assert.deepEqual(
        await member.subscribe(filter.padEnd(filter.length + 256 - stage.topic(name).length, 'x')),
        [0],
      )
    },
  },
  {
    section: '§2.5',
    name: 'an account has 100 groups',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      for (const name of ['m0', 'm1']) {
        const member = await stage.connect(name)
        for (let at = 0; at < 50; at += 5)
          await member.subscribe(
            ...Array.from({ length: 5 }, (_, next) => stage.shared(`${name}${at + next}`, 'a')),
          )
      }
      const last = await stage.connect('last')
      assert.deepEqual(await last.subscribe(stage.shared('new', 'a')), [stage.version === 5 ? 0x97 : 0x80])
      assert.deepEqual(await last.subscribe(stage.shared('m00', 'a')), [0])
    },
  },
  {
    section: '§2.5',
    name: 'a group takes 100 subscriptions and unsubscriptions a second',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const filter = stage.shared('g', 'a')
      const staying = await stage.connect('staying')
      await staying.subscribe(filter)
      const member = await stage.connect('m')
      for (let at = 0; at < 49; at += 1) {
        assert.deepEqual(await member.subscribe(filter), [0])
        await member.unsubscribe(filter)
      }
      assert.deepEqual(await member.subscribe(filter), [0])
      assert.deepEqual(await member.subscribe(filter), [stage.version === 5 ? 0x97 : 0x80])
      stage.advance(1000)
      assert.deepEqual(await member.subscribe(filter), [0])
    },
  },
  {
    section: '§2.5',
    name: 'No Local on a shared subscription ends the connection',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      const member = await stage.connect('m')
      member.sendSubscribe({ topic: stage.shared('g', 'a'), qos: 0, nl: true })
      await member.endedWith(0x82)
    },
  },
]
