/** Publishing and delivery: QoS, flow, sizes, DUP. docs/aws-iot-core.md §2.2. */
import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.ts'

const qualities: readonly ConformanceCase[] = (
  [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const
).map(([published, subscribed]) => ({
  section: '§2.2',
  name: `QoS ${published} to a QoS ${subscribed} subscription arrives at the lower of both`,
  of: 'mqtt',
  async run(stage) {
    const hearing = await stage.connect('hearing')
    assert.deepEqual(await hearing.subscribe({ topic: stage.topic('a'), qos: subscribed }), [subscribed])
    const saying = await stage.connect('saying')
    saying.sendPublish(stage.topic('a'), 'x', { qos: published })
    const packet = await hearing.message()
    assert.deepEqual(
      [packet.topic, String(packet.payload), packet.qos, packet.retain],
      [stage.topic('a'), 'x', Math.min(published, subscribed), false],
    )
  },
}))

export const deliveryCases: readonly ConformanceCase[] = [
  ...qualities,
  {
    section: '§2.2',
    name: 'a publisher hears its own message when it subscribes to it',
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.connect('a')
      await speaker.subscribe(stage.topic('a'))
      speaker.sendPublish(stage.topic('a'), 'own')
      assert.equal(await speaker.payload(), 'own')
    },
  },
  {
    section: '§2.2',
    name: 'an empty payload is a message',
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.connect('a')
      await speaker.subscribe(stage.topic('a'))
      speaker.sendPublish(stage.topic('a'), '')
      assert.equal(await speaker.payload(), '')
    },
  },
  {
    section: '§2.2',
    name: 'PUBACK carries the packet ID, without subscribers too',
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.connect('a')
      speaker.sendPublish(stage.topic('a'), 'x', { qos: 1, messageId: 65_535 })
      const { messageId, reasonCode } = await speaker.expect('puback')
      assert.equal(messageId, 65_535)
      if (stage.version === 5) assert.ok(reasonCode === 0 || reasonCode === 0x10)
    },
  },
  {
    section: '§2.7',
    name: 'PUBACK says 0 though there is no subscriber',
    versions: [5],
    of: 'aws',
    async run(stage) {
      assert.equal(await (await stage.connect('a')).publish(stage.topic('a')), 0)
    },
  },
  {
    section: '§2.2',
    name: 'messages of one publisher arrive whole and in the order sent',
    of: 'mqtt',
    async run(stage) {
      const hearing = await stage.connect('hearing')
      await hearing.subscribeAtLeastOnce(stage.topic('a'))
      const saying = await stage.connect('saying')
      const sent = Array.from({ length: 40 }, (_, at) => `${at}`)
      for (const payload of sent) saying.sendPublish(stage.topic('a'), payload, { qos: 1 })
      const heard: string[] = []
      for (const _ of sent) heard.push(await hearing.payload())
      assert.deepEqual(heard, sent)
    },
  },
  {
    section: '§2.2',
    name: 'a QoS 2 publish is refused: MQTT 5 is told, 3.1.1 gets no PUBREC',
    of: 'aws',
    async run(stage) {
      const speaker = await stage.connect('a')
      speaker.sendPublish(stage.topic('a'), 'x', { qos: 2 })
      if (stage.version === 5) await speaker.endedWith(0x9b)
      else await speaker.quiet()
    },
  },
  {
    section: '§2.2',
    name: 'a QoS 2 subscription gets no SUBACK, and MQTT 5 is told',
    of: 'aws',
    async run(stage) {
      const speaker = await stage.connect('a')
      speaker.sendSubscribe({ topic: stage.topic('a'), qos: 2 })
      if (stage.version === 5) await speaker.endedWith(0x9b)
      else await speaker.quiet()
    },
  },
  {
    section: '§2.2',
    name: 'packets of QoS 2 that nothing preceded end the connection',
    of: 'aws',
    async run(stage) {
      const speaker = await stage.connect('a')
      speaker.send({ cmd: 'pubrel', messageId: 1 })
      await speaker.endedWith(0x82)
    },
  },
  {
    section: '§2.2',
    name: 'AUTH ends the connection',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.connect('a')
      speaker.sendBytes([0xf0, 2, 0x18, 0])
      await speaker.endedWith(0x82)
    },
  },
  {
    section: '§2.2',
    name: 'no more are in flight than the receive maximum; the next follows a PUBACK',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      const hearing = await stage.connect('hearing', { properties: { receiveMaximum: 2 } })
      await hearing.subscribeAtLeastOnce(stage.topic('a'))
      const saying = await stage.connect('saying')
      for (const payload of ['0', '1', '2']) await saying.publish(stage.topic('a'), payload)
      const first = await hearing.unacknowledged()
      await hearing.unacknowledged()
      await hearing.quiet()
      hearing.acknowledge(first)
      assert.equal(await hearing.payload(), '2')
    },
  },
  {
    section: '§2.2',
    name: 'a hundred are in flight at most',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const hearing = await stage.connect('hearing')
      await hearing.subscribeAtLeastOnce(stage.topic('a'))
      const saying = await stage.connect('saying')
      for (let at = 0; at < 99; at += 1) saying.sendPublish(stage.topic('a'), `${at}`, { qos: 1 })
      await saying.publish(stage.topic('a')).catch(() => {})
      for (let at = 0; at < 99; at += 1) await hearing.unacknowledged()
      const hundredth = await hearing.unacknowledged()
      // Another second: the rate is not what holds the next one.
      stage.advance(1000)
      const another = await stage.connect('another')
      await another.publish(stage.topic('a'), 'held')
      await hearing.quiet()
      hearing.acknowledge(hundredth)
      assert.equal(await hearing.payload(), 'held')
    },
  },
  {
    section: '§2.2',
    name: 'over 100 publishes a second and connection are dropped, and nothing is said',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const hearing = await stage.connect('hearing')
      await hearing.subscribe(stage.topic('a'))
      const saying = await stage.connect('saying')
      for (let at = 0; at < 130; at += 1) saying.sendPublish(stage.topic('a'), `${at}`)
      await saying.quiet()
      stage.advance(1000)
      await saying.publish(stage.topic('a'), 'later')
      for (let at = 0; at < 100; at += 1) assert.equal(await hearing.payload(), `${at}`)
      assert.equal(await hearing.payload(), 'later')
    },
  },
  {
    section: '§2.2',
    name: 'what is not acknowledged is dropped in the end: an hour in 3.1.1, 16 minutes in MQTT 5',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const hearing = await stage.connectToStay('hearing', { keepalive: 1200 })
      await hearing.subscribeAtLeastOnce(stage.topic('a'))
      await (await stage.connect('saying')).publish(stage.topic('a'))
      await hearing.unacknowledged()
      const patienceMs = stage.version === 5 ? 960_000 : 3_600_000
      for (let waited = 0; waited < patienceMs + 2000; waited += 300_500) {
        stage.advance(300_500)
        await hearing.quiet()
      }
      hearing.drop()
      const back = await stage.connectToStay('hearing')
      assert.equal(back.connack?.sessionPresent, true)
      await back.quiet()
    },
  },
  {
    section: '§12.2',
    name: 'a payload of 128 KB is taken, one byte more ends the connection',
    of: 'aws',
    async run(stage) {
      const speaker = await stage.connect('a')
      assert.equal(await speaker.publish(stage.topic('a'), Buffer.alloc(128 * 1024)), 0)
      speaker.sendPublish(stage.topic('a'), Buffer.alloc(128 * 1024 + 1), { qos: 1 })
      await speaker.endedWith(0x97)
    },
  },
  {
    section: '§12.2',
    name: 'a packet over the size announced ends the connection',
    of: 'aws',
    async run(stage) {
      const speaker = await stage.connect('a')
      speaker.sendPublish(stage.topic('a'), Buffer.alloc(150_000), { qos: 1 })
      await speaker.endedWith(0x82)
    },
  },
  {
    section: '§2.2',
    name: 'what is larger than a client takes is not sent to it',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      const hearing = await stage.connect('hearing', { properties: { maximumPacketSize: 600 } })
      await hearing.subscribeAtLeastOnce(stage.topic('a'))
      const saying = await stage.connect('saying')
      await saying.publish(stage.topic('a'), Buffer.alloc(600))
      await saying.publishAtMostOnce(stage.topic('a'), Buffer.alloc(600))
      await saying.publish(stage.topic('a'), 'small')
      assert.equal(await hearing.payload(), 'small')
    },
  },
]
