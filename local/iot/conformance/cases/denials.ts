/** What a policy denies, and lifecycle events. docs/aws-iot-core.md §2.8, §8, §12.1. */
import assert from 'node:assert/strict'
import type { IPublishPacket } from 'mqtt-packet'
import type { ConformanceCase } from '../case.ts'

const policy = { of: 'aws', needs: ['policy'] } as const

export const denialCases: readonly ConformanceCase[] = [
  {
    ...policy,
    section: '§12.1',
    name: 'a denied SUBSCRIBE: MQTT 5 gets 0x87 for that filter and stays, 3.1.1 is cut off without SUBACK',
    async run(stage) {
      const speaker = await stage.connect('a')
      const denied = stage.topicOf('denied', 'a')
      if (stage.version === 5) {
        assert.deepEqual(await speaker.subscribe(denied, stage.topic('good')), [0x87, 0])
        await speaker.quiet()
      } else {
        speaker.sendSubscribe(stage.topic('good'), denied)
        await speaker.ended()
        assert.ok(!speaker.heard('suback'))
      }
    },
  },
  {
    ...policy,
    section: '§12.1',
    name: 'a denied SUBSCRIBE of 3.1.1 leaves none of its filters behind',
    versions: [4],
    async run(stage) {
      const first = await stage.connectToStay('a')
      first.sendSubscribe({ topic: stage.topic('good'), qos: 1 }, stage.topicOf('denied', 'a'))
      await first.ended()
      const second = await stage.connectToStay('a')
      assert.equal(second.connack?.sessionPresent, true)
      await (await stage.connect('saying')).publish(stage.topic('good'))
      await second.quiet()
    },
  },
  {
    ...policy,
    section: '§2.5',
    name: 'a shared subscription is allowed or denied by its whole text',
    versions: [5],
    async run(stage) {
      const speaker = await stage.connect('a')
      assert.deepEqual(
        await speaker.subscribe(`$share/denied/${stage.topic('a')}`, `$share/other/${stage.topic('a')}`),
        [0x87, 0],
      )
    },
  },
  {
    ...policy,
    section: '§12.1',
    name: 'a denied PUBLISH: MQTT 5 gets PUBACK 0x87 at QoS 1, DISCONNECT 0x87 at QoS 0; 3.1.1 is cut off',
    async run(stage) {
      const speaker = await stage.connect('a')
      const denied = stage.topicOf('denied', 'a')
      if (stage.version === 5) {
        assert.equal(await speaker.publish(denied), 0x87)
        speaker.sendPublish(denied, 'x')
      } else speaker.sendPublish(denied, 'x', { qos: 1 })
      await speaker.endedWith(0x87)
      assert.equal(speaker.heard('puback'), stage.version === 5)
    },
  },
  {
    ...policy,
    section: '§2.4',
    name: 'a retained publish wants iot:RetainPublish besides iot:Publish',
    versions: [5],
    async run(stage) {
      const speaker = await stage.connect('a')
      const topic = stage.topicOf('unkept', 'a')
      assert.equal(await speaker.publish(topic), 0)
      assert.equal(await speaker.publish(topic, 'x', { retain: true }), 0x87)
    },
  },
  {
    ...policy,
    section: '§2.8',
    name: 'what may not be received is not delivered, the connection stays',
    async run(stage) {
      const hearing = await stage.connect('hearing')
      const muted = stage.topicOf('muted', 'a')
      assert.deepEqual(await hearing.subscribe(muted, stage.topic('a')), [0, 0])
      const saying = await stage.connect('saying')
      await saying.publish(muted, 'no')
      await saying.publish(stage.topic('a'), 'yes')
      assert.equal(await hearing.payload(), 'yes')
    },
  },
  {
    ...policy,
    section: '§8',
    name: 'a client that is not let in makes a connect_failed event',
    async run(stage) {
      const watching = await stage.connect('watching')
      const clientId = stage.clientId('denied')
      const topic = `$aws/events/presence/connect_failed/${clientId}`
      assert.deepEqual(await watching.subscribe(topic), [0])
      await stage.tryConnect('denied')
      const event = JSON.parse(await watching.payload()) as Record<string, unknown>
      assert.deepEqual(
        [event['eventType'], event['clientId'], event['connectFailureReason'], event['versionNumber']],
        ['connect_failed', clientId, 'AUTHORIZATION_FAILED', undefined],
      )
    },
  },
  {
    section: '§2.1',
    name: 'a client ID with # or + makes no lifecycle events',
    of: 'aws',
    async run(stage) {
      const watching = await stage.connect('watching')
      await watching.subscribe('$aws/events/presence/connected/#')
      await (await stage.connect('odd', { clientId: stage.clientId('#+') })).disconnect()
      await stage.connect('plain')
      assert.equal(
        (await watching.message()).topic,
        `$aws/events/presence/connected/${stage.clientId('plain')}`,
      )
    },
  },
  {
    section: '§8',
    name: 'lifecycle events are heard on their topics',
    of: 'aws',
    async run(stage) {
      const watching = await stage.connect('watching')
      const clientId = stage.clientId('watched')
      const topics = [
        `$aws/events/presence/connected/${clientId}`,
        `$aws/events/subscriptions/subscribed/${clientId}`,
        `$aws/events/subscriptions/unsubscribed/${clientId}`,
        `$aws/events/presence/disconnected/${clientId}`,
      ]
      assert.deepEqual(await watching.subscribe(...topics), [0, 0, 0, 0])
      const watched = await stage.connect('watched')
      await watched.subscribe(stage.topic('a'))
      await watched.unsubscribe(stage.topic('a'))
      await watched.disconnect()
      const events: IPublishPacket[] = []
      for (const _ of topics) events.push(await watching.message())
      // They may come in any order.
      assert.deepEqual(events.map(({ topic }) => topic).sort(), [...topics].sort())
      const said = (name: string): Record<string, unknown> => {
        const event = events.find(({ topic }) => topic.includes(`/${name}/`))
        return JSON.parse(String(event?.payload)) as Record<string, unknown>
      }
      const connected = said('connected')
      assert.equal(connected['clientId'], clientId)
      assert.equal(connected['eventType'], 'connected')
      const disconnected = said('disconnected')
      assert.equal(disconnected['disconnectReason'], 'CLIENT_INITIATED_DISCONNECT')
      assert.equal(disconnected['clientInitiatedDisconnect'], true)
      assert.equal(disconnected['versionNumber'], connected['versionNumber'])
      assert.equal(disconnected['sessionIdentifier'], connected['sessionIdentifier'])
      assert.deepEqual(said('subscribed')['topics'], [stage.topic('a')])
      assert.deepEqual(said('unsubscribed')['topics'], [stage.topic('a')])
    },
  },
]
