import fc from 'fast-check'
import mqtt, { type Packet } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import { createPacketReader, type IncomingPacket } from './decode.ts'
import {
  encodeConnect,
  encodeDisconnect,
  encodePingreq,
  encodePuback,
  encodePublish,
  encodeSubscribe,
  encodeUnsubscribe,
} from './encode.ts'
import { incoming, outgoing } from './fixtures.ts'

const read = (bytes: Uint8Array): IncomingPacket[] => createPacketReader()(bytes)

function readByPeer(bytes: Uint8Array): Packet {
  const packets: Packet[] = []
  const parser = mqtt.parser({ protocolVersion: 5 })
  parser.on('packet', (packet: Packet) => packets.push(packet))
  parser.parse(Buffer.from(bytes))
  const [packet] = packets
  if (!packet) throw new Error('mqtt-packet read nothing')
  return packet
}

const writeByPeer = (packet: Packet): Uint8Array => mqtt.generate(packet, { protocolVersion: 5 })

describe('what we send', () => {
  test('is the bytes of the specification', () => {
    expect(encodeConnect({ clientId: 'v-0', keepAliveSeconds: 60 })).toEqual(outgoing.connect)
    expect(encodeSubscribe(10, ['a/b', 'c'])).toEqual(outgoing.subscribe)
    expect(encodeUnsubscribe(11, ['a/b'])).toEqual(outgoing.unsubscribe)
    expect(encodePuback(7)).toEqual(outgoing.puback)
    expect(encodePublish(12, { topic: 'a', payload: Uint8Array.of(104, 105) })).toEqual(outgoing.publish)
    expect(
      encodePublish(13, {
        topic: 'a',
        payload: Uint8Array.of(104),
        request: { responseTopic: 'r/v-0', correlationData: Buffer.of(1, 2) },
      }),
    ).toEqual(outgoing.request)
    expect(encodePingreq()).toEqual(outgoing.pingreq)
    expect(encodeDisconnect(0x81)).toEqual(outgoing.disconnect)
  })

  test('is read by mqtt-packet as it is meant', () => {
    expect(readByPeer(outgoing.connect)).toMatchObject({
      cmd: 'connect',
      protocolVersion: 5,
      clean: true,
      keepalive: 60,
      clientId: 'v-0',
    })
    expect(readByPeer(outgoing.subscribe)).toMatchObject({
      messageId: 10,
      subscriptions: [
        { topic: 'a/b', qos: 0 },
        { topic: 'c', qos: 0 },
      ],
    })
    expect(readByPeer(outgoing.unsubscribe)).toMatchObject({ messageId: 11, unsubscriptions: ['a/b'] })
    expect(readByPeer(outgoing.puback)).toMatchObject({ cmd: 'puback', messageId: 7, reasonCode: 0 })
    expect(readByPeer(outgoing.publish)).toMatchObject({ cmd: 'publish', topic: 'a', qos: 1, messageId: 12 })
    expect(readByPeer(outgoing.request)).toMatchObject({
      properties: { responseTopic: 'r/v-0', correlationData: Buffer.of(1, 2) },
    })
    expect(readByPeer(outgoing.pingreq)).toMatchObject({ cmd: 'pingreq' })
    expect(readByPeer(outgoing.disconnect)).toMatchObject({ cmd: 'disconnect', reasonCode: 0x81 })
  })

  test('has a remaining length of several bytes where it must', () => {
    const topics = Array.from({ length: 8 }, (_, index) => `${index}${'x'.repeat(255)}`)
    expect(readByPeer(encodeSubscribe(1, topics))).toMatchObject({
      subscriptions: topics.map((topic) => ({ topic })),
    })
  })
})

describe('what we receive', () => {
  const text = (packet: IncomingPacket | undefined): string =>
    packet?.type === 'publish' ? Buffer.from(packet.payload).toString() : ''

  test('is read from the bytes of the specification', () => {
    expect(read(incoming.connack)).toEqual([
      { type: 'connack', reasonCode: 0, reason: '', serverKeepAliveSeconds: 30 },
    ])
    expect(read(incoming.refusal)).toMatchObject([{ reasonCode: 0x87, reason: 'not' }])
    const [publish] = read(incoming.publish)
    expect(publish).toMatchObject({ topic: 'a/b', packetId: 0 })
    expect(text(publish)).toBe('hey')
    expect(read(incoming.publishQos1)).toMatchObject([{ topic: 'a', packetId: 9 }])
    expect(read(incoming.suback)).toEqual([{ type: 'ack', packetId: 10, reasonCodes: [0, 0x87] }])
    expect(read(incoming.unsuback)).toEqual([{ type: 'ack', packetId: 11, reasonCodes: [0] }])
    expect(read(incoming.pingresp)).toEqual([{ type: 'pingresp' }])
    expect(read(incoming.disconnect)).toMatchObject([{ type: 'disconnect', reasonCode: 0x8e }])
    expect(read(incoming.puback)).toEqual([{ type: 'ack', packetId: 12, reasonCodes: [0] }])
    expect(read(incoming.pubackDenied)).toEqual([{ type: 'ack', packetId: 13, reasonCodes: [0x87] }])
    expect(read(incoming.normalDisconnect)).toMatchObject([{ reasonCode: 0 }])
  })

  test('is read as mqtt-packet writes it, with every property a broker may send', () => {
    const properties = {
      serverKeepAlive: 45,
      reasonString: 'because',
      receiveMaximum: 100,
      topicAliasMaximum: 8,
      maximumQoS: 1,
      retainAvailable: true,
      maximumPacketSize: 149_504,
      sessionExpiryInterval: 3600,
      assignedClientIdentifier: 'assigned',
      wildcardSubscriptionAvailable: true,
      subscriptionIdentifiersAvailable: false,
      sharedSubscriptionAvailable: true,
      userProperties: { a: 'b' },
    }
    const bytes = writeByPeer({ cmd: 'connack', reasonCode: 0, sessionPresent: false, properties })
    expect(read(bytes)).toEqual([
      { type: 'connack', reasonCode: 0, reason: 'because', serverKeepAliveSeconds: 45 },
    ])
    const published = read(
      writeByPeer({
        cmd: 'publish',
        topic: 'campaigns/π/total',
        payload: '{"a":"é"}',
        qos: 1,
        dup: true,
        retain: false,
        messageId: 65_535,
        properties: {
          contentType: 'application/cloudevents+json',
          payloadFormatIndicator: true,
          messageExpiryInterval: 3600,
          responseTopic: 'r',
          correlationData: Buffer.from([1, 2]),
          subscriptionIdentifier: 300,
          userProperties: { one: ['1', '2'] },
        },
      }),
    )
    expect(published).toMatchObject([
      { topic: 'campaigns/π/total', packetId: 65_535, correlationData: Buffer.of(1, 2) },
    ])
    expect(text(published[0])).toBe('{"a":"é"}')
  })

  test('may be cut anywhere, and several packets may come at once', () => {
    const all = Object.values(incoming)
    const stream = Uint8Array.from(all.flatMap((part) => [...part]))
    const whole = all.flatMap((part) => read(part))
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
        const reader = createPacketReader()
        const packets: IncomingPacket[] = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1
          packets.push(...reader(stream.slice(at, at + size)))
          at += size
        }
        expect(packets).toEqual(whole)
      }),
    )
  })

  test.for([
    ['an unknown packet type', [0xf0, 0]],
    ['a packet only a client sends', [0x10, 0]],
    ['a length of five bytes', [0x30, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['a packet larger than AWS sends', [0x30, 0xff, 0xff, 0xff, 0x7f]],
    ['a packet shorter than its fields', [0x90, 0x01, 0]],
    ['properties longer than their packet', [0xb0, 0x03, 0, 1, 9]],
    ['an unknown property', [0xb0, 0x05, 0, 1, 2, 0x7f, 0]],
    ['a property that runs over the properties', [0x20, 0x05, 0, 0, 2, 0x13, 0]],
    ['QoS 2', [0x34, 0x05, 0, 1, 97, 0, 1]],
    ['a topic that is no UTF-8', [0x30, 0x04, 0, 1, 0xff, 0]],
  ] as const)('refuses %s', ([, bytes]) => {
    expect(() => read(Uint8Array.from(bytes))).toThrow(/packet|property|QoS|byte integer|encoded data/)
  })
})
