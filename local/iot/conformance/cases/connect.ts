/** CONNECT, CONNACK, keep-alive and takeover. docs/aws-iot-core.md §1, §2.1. */
import assert from 'node:assert/strict'
import { generate } from 'mqtt-packet'
import type { ConformanceCase } from '../case.ts'

const keepAlives: readonly ConformanceCase[] = (
  [
    [0, 1200],
    [5, 30],
    [45, 45],
    [60_000, 1200],
  ] as const
).map(([asked, granted]) => ({
  section: '§2.1',
  name: `a keep-alive of ${asked} s becomes ${granted} s`,
  versions: [5],
  of: 'aws',
  async run(stage) {
    const { connack } = await stage.connect('a', { keepalive: asked })
    assert.equal(connack?.properties?.serverKeepAlive, granted)
  },
}))

const refused: readonly ConformanceCase[] = (
  [
    ['a client ID of 129 bytes', { clientId: 'x'.repeat(129) }, 0x85, 2],
    ['a client ID that begins with $', { clientId: '$x' }, 0x85, 2],
    ['a Maximum Packet Size of 511', { properties: { maximumPacketSize: 511 } }, 0x80, undefined],
    ['enhanced authentication', { properties: { authenticationMethod: 'm' } }, 0x80, undefined],
  ] as const
).map(([what, options, code5, code4]) => ({
  section: '§2.1',
  name: `refuses ${what}`,
  versions: code4 === undefined ? [5] : [4, 5],
  of: 'aws',
  async run(stage) {
    const { speaker, code } = await stage.tryConnect('a', options)
    assert.equal(code, stage.version === 5 ? code5 : code4)
    await speaker.ended()
  },
}))

export const connectCases: readonly ConformanceCase[] = [
  ...keepAlives,
  ...refused,
  {
    section: '§1',
    name: 'reads packets that are cut anywhere, and several in one write',
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.open()
      const connect = generate(stage.connectPacket('a'), { protocolVersion: stage.version })
      speaker.sendBytes(connect.subarray(0, 3))
      speaker.sendBytes(connect.subarray(3, 9))
      speaker.sendBytes([...connect.subarray(9), 0xc0, 0, 0xc0])
      speaker.sendBytes([0])
      await speaker.expect('connack')
      await speaker.expect('pingresp')
      await speaker.expect('pingresp')
    },
  },
  {
    section: '§1',
    name: 'messages cross to the other version of MQTT',
    of: 'mqtt',
    async run(stage) {
      const other = stage.version === 5 ? 4 : 5
      const hearing = await stage.connect('hearing', {}, other)
      await hearing.subscribeAtLeastOnce(stage.topic('a'))
      const saying = await stage.connect('saying')
      await saying.publish(stage.topic('a'), 'across')
      assert.equal(await hearing.payload(), 'across')
    },
  },
  {
    section: '§1',
    name: 'MQTT 3.1 is refused with the unacceptable protocol version',
    versions: [4],
    of: 'aws',
    async run(stage) {
      const { code } = await stage.tryConnect('a', { protocolId: 'MQIsdp', protocolVersion: 3 })
      assert.equal(code, 1)
    },
  },
  {
    section: '§2.1',
    name: 'a client ID of 128 bytes is taken',
    of: 'aws',
    async run(stage) {
      await stage.connect('a', { clientId: stage.clientId('a').padEnd(128, 'x') })
    },
  },
  {
    section: '§2.1',
    name: 'CONNACK announces what AWS announces',
    versions: [5],
    of: 'aws',
    async run(stage) {
      const { connack } = await stage.connect('a')
      assert.equal(connack?.sessionPresent, false)
      const {
        receiveMaximum,
        maximumQoS,
        retainAvailable,
        topicAliasMaximum,
        subscriptionIdentifiersAvailable,
        wildcardSubscriptionAvailable,
        sessionExpiryInterval,
        responseInformation,
      } = connack.properties ?? {}
      assert.deepEqual(
        [receiveMaximum ?? 65_535, maximumQoS, retainAvailable ?? true, topicAliasMaximum],
        [100, 1, true, 8],
      )
      assert.deepEqual(
        [subscriptionIdentifiersAvailable, wildcardSubscriptionAvailable ?? true, sessionExpiryInterval ?? 0],
        [false, true, 0],
      )
      assert.equal(responseInformation, undefined)
    },
  },
  {
    section: '§12.2',
    name: 'the largest packet announced is 146 KB',
    versions: [5],
    of: 'aws',
    async run(stage) {
      const { connack } = await stage.connect('a')
      assert.equal(connack?.properties?.maximumPacketSize, 149_504)
    },
  },
  {
    section: '§2.1',
    name: 'an empty client ID is assigned one, and told',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      const { connack } = await stage.connect('a', { clientId: '' })
      assert.ok((connack?.properties?.assignedClientIdentifier ?? '').length > 8)
    },
  },
  {
    section: '§12.7',
    name: 'an empty client ID is assigned one when the session is clean, and refused otherwise',
    versions: [4],
    of: 'mqtt',
    async run(stage) {
      await stage.connect('a', { clientId: '' })
      // The parser writes none without a clean session.
      const speaker = await stage.open()
      const bytes = generate(stage.connectPacket('b', { clientId: '' }), { protocolVersion: 4 })
      const flagsAt = bytes.indexOf('MQTT') + 5
      bytes[flagsAt] = (bytes[flagsAt] ?? 0) & ~0x02
      speaker.sendBytes(bytes)
      assert.equal((await speaker.expect('connack')).returnCode, 2)
    },
  },
  {
    section: '§2.1',
    name: 'the newcomer wins a client ID, the older connection ends',
    of: 'mqtt',
    async run(stage) {
      const first = await stage.connect('same')
      const second = await stage.connect('same')
      await first.endedWith(0x8e)
      await second.quiet()
    },
  },
  {
    section: '§2.1',
    name: 'a second CONNECT ends the connection',
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.connect('a')
      speaker.send(stage.connectPacket('a'))
      const disconnect = await speaker.ended()
      if (disconnect) assert.equal(disconnect.reasonCode, 0x82)
    },
  },
  {
    section: '§2.1',
    name: 'what follows CONNECT without waiting for its answer is taken',
    of: 'mqtt',
    async run(stage) {
      const speaker = await stage.open()
      speaker.send(stage.connectPacket('a'))
      speaker.sendSubscribe(stage.topic('a'))
      speaker.sendPublish(stage.topic('a'), 'early')
      await speaker.expect('connack')
      await speaker.expect('suback')
      assert.equal(await speaker.payload(), 'early')
    },
  },
  {
    section: '§2.1',
    name: 'one and a half keep-alives of silence end the connection, not less',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const speaker = await stage.connect('a', { keepalive: 60 })
      stage.advance(89_000)
      await speaker.quiet()
      stage.advance(92_000)
      await speaker.endedWith(0x8d)
    },
  },
  {
    section: '§2.1',
    name: 'a keep-alive of 0 is the longest there is',
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const speaker = await stage.connect('a', { keepalive: 0 })
      stage.advance(1_799_000)
      await speaker.quiet()
      stage.advance(1_802_000)
      await speaker.endedWith(0x8d)
    },
  },
  {
    section: '§1',
    name: 'a WebSocket lives 24 hours',
    of: 'aws',
    needs: ['time', 'WebSocket'],
    async run(stage) {
      const speaker = await stage.connect('a', { keepalive: 1200 })
      for (let minutes = 0; minutes < 24 * 60; minutes += 20) {
        await speaker.quiet()
        stage.advance(1_200_000)
      }
      await speaker.endedWith(0x98)
    },
  },
  {
    section: '§2.1',
    name: 'a connection that never sends CONNECT is closed',
    versions: [4],
    of: 'aws',
    needs: ['time'],
    async run(stage) {
      const speaker = await stage.open()
      stage.advance(11_000)
      await speaker.ended()
    },
  },
  {
    section: '§2.2',
    name: 'user properties, and a wish for response and problem information, are taken in CONNECT',
    versions: [5],
    of: 'mqtt',
    async run(stage) {
      const { connack } = await stage.connect('a', {
        properties: {
          userProperties: { sdk: 'x' },
          requestResponseInformation: true,
          requestProblemInformation: false,
        },
      })
      assert.equal(connack?.properties?.responseInformation, undefined)
    },
  },
  {
    section: '§12.1',
    name: 'a client ID that the policy does not admit is refused',
    of: 'aws',
    needs: ['policy'],
    async run(stage) {
      const { speaker, code } = await stage.tryConnect('denied')
      assert.equal(code, stage.version === 5 ? 0x87 : 5)
      await speaker.ended()
    },
  },
]
