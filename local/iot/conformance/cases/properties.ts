/** MQTT 5 properties of a publish: what is carried, what is bounded, topic aliases. docs/aws-iot-core.md §2.2. */
import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.ts'

const five = { versions: [5] } as const

/** Properties over AWS's bounds: the publisher is disconnected. */
const tooLarge: readonly ConformanceCase[] = (
  [
    ['a content type of 257 bytes', { contentType: 'x'.repeat(257) }],
    ['correlation data of over 8 KB', { correlationData: Buffer.alloc(8193) }],
    ['user properties of over 8 KB', { userProperties: { a: 'x'.repeat(8192) } }],
  ] as const
).map(([what, properties]) => ({
  versions: [5],
  section: '§2.2',
  name: `${what} end${what.startsWith('a ') ? 's' : ''} the connection`,
  of: 'aws',
  async run(stage) {
    const speaker = await stage.connect('a')
    speaker.sendPublish(stage.topic('a'), 'x', { properties })
    await speaker.endedWith(0x97)
  },
}))

/** Properties that MQTT itself forbids. */
const wrong: readonly ConformanceCase[] = (
  [
    ['topic alias 0', { topicAlias: 0 }, 'a', 'mqtt', 0x94],
    ['a topic alias over the maximum announced', { topicAlias: 9 }, 'a', 'aws', 0x94],
    ['a topic alias that was never given a topic', { topicAlias: 3 }, '', 'mqtt', 0x82],
    ['a response topic with a wildcard', { responseTopic: 'a/#' }, 'a', 'mqtt', undefined],
  ] as const
).map(([what, properties, topic, of, reasonCode]) => ({
  versions: [5],
  section: '§2.2',
  name: `${what} ends the connection`,
  of,
  async run(stage) {
    const speaker = await stage.connect('a')
    speaker.sendPublish(topic === '' ? '' : stage.topic(topic), 'x', { properties })
    const disconnect = await speaker.ended()
    if (reasonCode !== undefined) assert.equal(disconnect?.reasonCode, reasonCode)
  },
}))

export const propertyCases: readonly ConformanceCase[] = [
  ...tooLarge,
  ...wrong,
  {
    ...five,
    section: '§2.2',
    name: 'a publish’s properties reach its subscribers',
    of: 'mqtt',
    async run(stage) {
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('a'))
      const properties = {
        payloadFormatIndicator: true,
        contentType: 'text/plain',
        responseTopic: stage.topic('answers'),
        correlationData: Buffer.from([1, 2, 0, 255]),
        userProperties: { a: ['1', '2'], b: '3' },
      }
      await (await stage.connect('saying')).publish(stage.topic('a'), 'x', { properties })
      const heard = (await hearing.message()).properties
      assert.deepEqual({ ...heard, userProperties: { ...heard?.userProperties } }, properties)
    },
  },
  {
    ...five,
    section: '§2.2',
    name: 'a request is answered on its response topic, with its correlation data',
    of: 'mqtt',
    async run(stage) {
      const asking = await stage.connect('asking')
      await asking.subscribe(stage.topic('answers'))
      const answering = await stage.connect('answering')
      await answering.subscribe(stage.topic('questions'))
      await asking.publish(stage.topic('questions'), 'how many?', {
        properties: { responseTopic: stage.topic('answers'), correlationData: Buffer.from('17') },
      })
      const { properties } = await answering.message()
      await answering.publish(properties?.responseTopic ?? '', 'three', {
        properties: { correlationData: properties?.correlationData ?? Buffer.alloc(0) },
      })
      const answer = await asking.message()
      assert.deepEqual([String(answer.payload), String(answer.properties?.correlationData)], ['three', '17'])
    },
  },
  {
    ...five,
    section: '§2.2',
    name: 'user properties are taken in SUBSCRIBE, UNSUBSCRIBE and DISCONNECT',
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.connect('a')
      const properties = { userProperties: { a: 'b' } }
      const topic = stage.topic('a')
      speaker.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }], properties })
      await speaker.expect('suback')
      speaker.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: [topic], properties })
      await speaker.expect('unsuback')
      await speaker.disconnect({ properties })
    },
  },
  {
    ...five,
    section: '§2.2',
    name: 'a topic alias stands for its topic, until it is given another',
    of: 'mqtt',
    async run(stage) {
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('+'))
      const saying = await stage.connect('saying')
      const properties = { topicAlias: 8 }
      for (const topic of [stage.topic('a'), '', stage.topic('b'), ''])
        saying.sendPublish(topic, 'x', { properties })
      const heard: string[] = []
      for (let at = 0; at < 4; at += 1) heard.push((await hearing.message()).topic)
      assert.deepEqual(
        heard,
        ['a', 'a', 'b', 'b'].map((name) => stage.topic(name)),
      )
    },
  },
  {
    ...five,
    section: '§2.2',
    name: 'topic aliases end with their connection',
    of: 'mqtt',
    async run(stage) {
      const first = await stage.connectToStay('a')
      await first.publish(stage.topic('a'), 'x', { properties: { topicAlias: 1 } })
      await first.disconnect()
      const second = await stage.connectToStay('a')
      second.sendPublish('', 'x', { properties: { topicAlias: 1 } })
      await second.endedWith(0x82)
    },
  },
  {
    ...five,
    section: '§2.2',
    name: 'a subscriber sees what is left of the expiry',
    of: 'mqtt',
    async run(stage) {
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('a'))
      const saying = await stage.connect('saying')
      await saying.publish(stage.topic('a'), 'x', { properties: { messageExpiryInterval: 60 } })
      const left = (await hearing.message()).properties?.messageExpiryInterval ?? 0
      assert.ok(left > 50 && left <= 60, `${left} s are left of 60`)
    },
  },
  {
    ...five,
    section: '§2.2',
    name: 'an expiry of 0 becomes 1, one over a week becomes a week',
    of: 'aws',
    async run(stage) {
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('a'))
      const saying = await stage.connect('saying')
      const seen: unknown[] = []
      for (const messageExpiryInterval of [0, 1_000_000]) {
        await saying.publish(stage.topic('a'), 'x', { properties: { messageExpiryInterval } })
        seen.push((await hearing.message()).properties?.messageExpiryInterval)
      }
      assert.deepEqual(seen, [1, 604_800])
    },
  },
  {
    ...five,
    section: '§2.2',
    name: 'a subscription identifier ends the connection',
    of: 'aws',
    async run(stage) {
      const speaker = await stage.connect('a')
      speaker.send({
        cmd: 'subscribe',
        messageId: 1,
        subscriptions: [{ topic: stage.topic('a'), qos: 0 }],
        properties: { subscriptionIdentifier: 3 },
      })
      await speaker.endedWith(0xa1)
    },
  },
]
