/** Topics and filters: what matches, what is refused. docs/aws-iot-core.md §2.3, §12.8, §12.13. */
import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.ts'

const matching: readonly ConformanceCase[] = (
  [
    ['a', 'a', true],
    ['a', 'A', false],
    ['a', 'a/', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a/', true],
    ['a/+', 'a', false],
    ['a/+', 'a/b/c', false],
    ['+', 'a', true],
    ['+', '/a', false],
    ['+/+', '/a', true],
    ['/+', '/a', true],
    ['+/b/+', 'a/b/c', true],
    ['+/b/+', 'a/c/c', false],
    ['a/#', 'a/b', true],
    ['a/#', 'a/b/c', true],
    ['a/#', 'a/', true],
    ['a/#', 'ab', false],
    ['#', 'a/b', true],
    ['a/+/#', 'a/b/c', true],
    ['a//b', 'a//b', true],
    ['a/+/b', 'a//b', true],
    ['a b', 'a b', true],
    ['grüße/😀', 'grüße/😀', true],
    ['\uFFFD', '\uFFFD', true],
    ['\uFEFFa', '\uFEFFa', true],
    ['\uFEFFa', 'a', false],
  ] as const
).map(([filter, topic, matches]) => ({
  section: '§2.3',
  name: `${JSON.stringify(filter)} ${matches ? 'hears' : 'does not hear'} ${JSON.stringify(topic)}`,
  of: 'mqtt',
  async run(stage) {
    const hearing = await stage.connect('hearing')
    await hearing.subscribe(stage.topic(filter))
    const saying = await stage.connect('saying')
    await saying.publish(stage.topic(topic))
    if (matches) assert.equal((await hearing.message()).topic, stage.topic(topic))
    await hearing.quiet()
  },
}))

/** Filters that AWS takes for invalid: 0x8F beside a sibling that is granted, the end for 3.1.1. */
const invalidFilters: readonly ConformanceCase[] = (
  [
    ['# before the last level', 'a/#/b'],
    ['# beside other characters', 'a/b#'],
    ['+ beside other characters', 'a/b+'],
    ['257 bytes', 'x'.repeat(257)],
    ['eight slashes', 'a/b/c/d/e/f/g/h/i'],
    ['a $ topic that is none', '$SYS/#'],
    ['a share name that is empty', '$share//a'],
    ['a share name with a wildcard', '$share/a+/a'],
    ['a share without a filter', '$share/a'],
    ['a share name of 129 characters', `$share/${'x'.repeat(129)}/a`],
  ] as const
).map(([what, filter]) => ({
  section: '§12.13',
  name: `refuses a filter with ${what}: MQTT 5 in the SUBACK, 3.1.1 by closing`,
  of: 'aws',
  async run(stage) {
    const speaker = await stage.connect('a')
    if (stage.version === 5) assert.deepEqual(await speaker.subscribe(filter, stage.topic('good')), [0x8f, 0])
    else {
      speaker.sendSubscribe(filter, stage.topic('good'))
      await speaker.ended()
      assert.ok(!speaker.heard('suback'))
    }
  },
}))

const invalidTopics: readonly ConformanceCase[] = (
  [
    ['a $ topic', '$aws/x'],
    ['a topic with +', 'a/+'],
    ['a topic with #', 'a/#'],
    ['257 bytes', 'x'.repeat(257)],
    ['eight slashes', 'a/b/c/d/e/f/g/h/i'],
  ] as const
).map(([what, topic]) => ({
  section: '§12.13',
  name: `refuses to publish to ${what}: MQTT 5 at QoS 1 by PUBACK, else by closing`,
  of: 'aws',
  async run(stage) {
    const speaker = await stage.connect('a')
    if (stage.version === 5) assert.equal(await speaker.publish(topic), 0x90)
    speaker.sendPublish(topic, 'x')
    await speaker.endedWith(0x90)
  },
}))

/** A topic's bytes that are no UTF-8 of MQTT's. */
const strings: readonly ConformanceCase[] = (
  [
    ['a byte that begins nothing', [0x61, 0xff]],
    ['an overlong slash', [0x61, 0xc0, 0xaf]],
    ['a surrogate', [0x61, 0xed, 0xa0, 0x80]],
    ['a character cut short', [0x61, 0xe2, 0x82]],
    ['U+0000', [0x61, 0]],
  ] as const
).flatMap(
  ([what, bytes]) =>
    [
      {
        section: '§2.3',
        name: `a topic with ${what} ends the connection`,
        versions: [4],
        of: 'mqtt',
        async run(stage) {
          const speaker = await stage.connect('a')
          speaker.sendBytes([0x30, 2 + bytes.length, 0, bytes.length, ...bytes])
          await speaker.ended()
        },
      },
      {
        section: '§2.3',
        name: `a filter with ${what} ends the connection`,
        versions: [4],
        of: 'mqtt',
        async run(stage) {
          const speaker = await stage.connect('a')
          speaker.sendBytes([0x82, 5 + bytes.length, 0, 1, 0, bytes.length, ...bytes, 0])
          await speaker.ended()
        },
      },
    ] satisfies ConformanceCase[],
)

export const topicCases: readonly ConformanceCase[] = [
  ...matching,
  ...invalidFilters,
  ...invalidTopics,
  ...strings,
  {
    section: '§2.3',
    name: 'U+0000 in a topic is a malformed packet, whatever the QoS',
    versions: [5],
    of: 'aws',
    async run(stage) {
      const speaker = await stage.connect('a')
      speaker.sendPublish('a\0', 'x', { qos: 1 })
      await speaker.endedWith(0x81)
      assert.ok(!speaker.heard('puback'))
    },
  },
  {
    section: '§2.3',
    name: 'a user property that is no UTF-8 ends the connection',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.connect('a')
      speaker.sendBytes([0x30, 11, 0, 1, 0x61, 7, 0x26, 0, 1, 0xff, 0, 1, 0x62])
      await speaker.endedWith(0x81)
    },
  },
  {
    section: '§2.3',
    name: 'a/# does not hear a',
    of: 'aws',
    async run(stage) {
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('a/#'))
      const saying = await stage.connect('saying')
      await saying.publish(stage.topic('a'), 'no')
      await saying.publish(stage.topic('a/b'), 'yes')
      assert.equal(await hearing.payload(), 'yes')
    },
  },
  {
    section: '§2.3',
    name: 'a topic and a filter of 256 bytes and seven slashes are taken',
    of: 'aws',
    async run(stage) {
      const topic = stage.topic('b/c/d/e/f/g/').padEnd(256, 'x')
      const hearing = await stage.connect('hearing')
      assert.deepEqual(await hearing.subscribe(topic), [0])
      await (await stage.connect('saying')).publish(topic)
      assert.equal((await hearing.message()).topic, topic)
    },
  },
  {
    section: '§2.3',
    name: 'a wildcard in the first level hears no $ topics',
    of: 'aws',
    async run(stage) {
      const hearing = await stage.connect('hearing')
      await hearing.subscribe('+/events/#', '+/+/+/+/+')
      const other = await stage.connect('other')
      await other.subscribe(stage.topic('a'))
      await other.disconnect()
      await hearing.quiet()
    },
  },
  {
    section: '§9',
    name: 'Basic Ingest takes a publish, its first three levels count neither as length nor as slashes',
    of: 'aws',
    async run(stage) {
      const speaker = await stage.connect('a')
      const rule = `$aws/rules/${'r'.repeat(100)}/`
      assert.equal(await speaker.publish(`${rule}b/c/d/e/f/g/h/`.padEnd(rule.length + 256, 'x')), 0)
      speaker.sendPublish(`${rule}a/b/c/d/e/f/g/h/i`, 'x')
      await speaker.endedWith(0x90)
    },
  },
  {
    section: '§9',
    name: 'nobody subscribes to Basic Ingest, and nothing is retained there',
    versions: [5],
    of: 'aws',
    async run(stage) {
      const speaker = await stage.connect('a')
      assert.deepEqual(await speaker.subscribe('$aws/rules/#', '$aws/rules/rule/a'), [0x8f, 0x8f])
      assert.equal(await speaker.publish('$aws/rules/rule/a', 'x', { retain: true }), 0x90)
    },
  },
  {
    section: '§2.3',
    name: 'UNSUBSCRIBE ends a subscription, and is answered where there was none',
    of: 'mqtt',
    async run(stage) {
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('a'), stage.topic('b'))
      const codes = await hearing.unsubscribe(stage.topic('a'), stage.topic('never'))
      if (stage.version === 5) assert.equal(codes[0], 0)
      const saying = await stage.connect('saying')
      await saying.publish(stage.topic('a'), 'no')
      await saying.publish(stage.topic('b'), 'yes')
      assert.equal(await hearing.payload(), 'yes')
    },
  },
  {
    section: '§2.7',
    name: 'UNSUBACK says 0 where there was no subscription, 0x8F for an invalid filter',
    versions: [5],
    of: 'aws',
    async run(stage) {
      const speaker = await stage.connect('a')
      assert.deepEqual(await speaker.unsubscribe(stage.topic('never'), 'a/#/b'), [0, 0x8f])
    },
  },
  {
    section: '§2.3',
    name: 'subscribing again replaces the QoS',
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.connect('a')
      await speaker.subscribe(stage.topic('a'))
      await speaker.subscribeAtLeastOnce(stage.topic('a'))
      await (await stage.connect('saying')).publish(stage.topic('a'))
      assert.equal((await speaker.message()).qos, 1)
      await speaker.quiet()
    },
  },
  {
    section: '§12.5',
    name: 'overlapping filters bring at least one copy, and one at the highest QoS',
    of: 'mqtt',
    async run(stage) {
      const saying = await stage.connect('saying')
      for (const higher of [0, 1]) {
        const hearing = await stage.connect(`hearing${higher}`)
        const [exact, wild] = [stage.topic(`${higher}/b`), stage.topic(`${higher}/+`)]
        await hearing.subscribe(
          { topic: exact, qos: higher === 0 ? 1 : 0 },
          { topic: wild, qos: higher === 1 ? 1 : 0 },
        )
        await saying.publish(exact, 'x')
        await saying.publish(exact, 'end')
        const qualities: number[] = []
        for (
          let packet = await hearing.message();
          String(packet.payload) === 'x';
          packet = await hearing.message()
        )
          qualities.push(packet.qos)
        assert.ok(qualities.length >= 1 && qualities.length <= 2 && qualities.includes(1), qualities.join())
      }
    },
  },
  {
    section: '§12.8',
    name: 'a SUBSCRIBE has 8 filters at most',
    of: 'aws',
    async run(stage) {
      const speaker = await stage.connect('a')
      const filters = Array.from({ length: 9 }, (_, at) => stage.topic(`f${at}`))
      assert.equal((await speaker.subscribe(...filters.slice(1))).length, 8)
      speaker.sendSubscribe(...filters)
      await speaker.endedWith(0x97)
    },
  },
  {
    section: '§12.8',
    name: 'the 51st subscription of a connection is refused, one that is there may be renewed',
    of: 'aws',
    async run(stage) {
      const speaker = await stage.connect('a')
      for (let at = 0; at < 50; at += 5)
        await speaker.subscribe(...Array.from({ length: 5 }, (_, next) => stage.topic(`f${at + next}`)))
      assert.deepEqual(await speaker.subscribe(stage.topic('f50')), [stage.version === 5 ? 0x97 : 0x80])
      assert.deepEqual(await speaker.subscribe(stage.topic('f0')), [0])
    },
  },
]
