/** Packets of each kind that a client may send, and some that it may not, to be sent whole or damaged. */
import { generate, type Packet } from 'mqtt-packet'
import type { Chance } from '../../chance.ts'

export interface SamplePackets {
  readonly connect: readonly Buffer[]
  readonly any: readonly Buffer[]
}

/** A few hundred, drawn anew. */
export function samplePackets(chance: Chance): SamplePackets {
  const below = (end: number): number => Math.floor(chance.next() * end)
  const connect: Buffer[] = []
  const any: Buffer[] = []
  for (let round = 0; round < 40; round += 1)
    for (const version of [4, 5] as const) {
      const encode = (packet: Packet): Buffer => generate(packet, { protocolVersion: version })
      connect.push(encode(connectPacket(version, below)))
      any.push(...packets(version, below).map(encode))
    }
  return { connect, any: [...any, ...connect.slice(0, 8)] }
}

type Below = (end: number) => number

const topics = ['a', 'a/b', 'a/b/c', 'a/b/ü', '$aws/events/x', '/', 'a//b', 'x'.repeat(256), 'y'.repeat(257)]
const filters = [
  ...topics,
  '#',
  '+',
  'a/#',
  '+/b',
  'a/+/c',
  '$share/g/a/#',
  '$aws/events/#',
  'a#',
  '#/a',
  '+a',
]

function one<T>(list: readonly T[], below: Below): T {
  return list[below(list.length)] as T
}

function connectPacket(version: 4 | 5, below: Below): Packet {
  return {
    cmd: 'connect',
    clientId: `f${below(50)}`,
    protocolId: 'MQTT',
    protocolVersion: version,
    clean: below(2) === 0,
    keepalive: below(3) * 60,
    ...(below(2) === 0
      ? {
          will: { topic: one(topics, below), payload: Buffer.from('gone'), qos: one([0, 1] as const, below) },
        }
      : {}),
    ...(version === 5
      ? {
          properties: {
            sessionExpiryInterval: below(3) * 100,
            receiveMaximum: below(5) + 1,
            userProperties: { a: ['b', 'c'] },
          },
        }
      : {}),
  }
}

function packets(version: 4 | 5, below: Below): Packet[] {
  const five = version === 5
  const publish = (qos: 0 | 1 | 2): Packet => ({
    cmd: 'publish',
    topic: one(topics, below),
    payload: Buffer.alloc(below(300), 'x'),
    qos,
    ...(qos === 0 ? {} : { messageId: below(65_535) + 1 }),
    dup: qos === 1 && below(5) === 0,
    retain: below(8) === 0,
    ...(five && below(2) === 0
      ? {
          properties: {
            topicAlias: below(9) + 1,
            messageExpiryInterval: below(100),
            contentType: 'text/plain',
            correlationData: Buffer.from('c'),
            userProperties: { a: 'b' },
          },
        }
      : {}),
  })
  return [
    publish(0),
    publish(1),
    publish(below(10) === 0 ? 2 : 0),
    {
      cmd: 'subscribe',
      messageId: below(65_535) + 1,
      subscriptions: Array.from({ length: below(10) + 1 }, () => ({
        topic: one(filters, below),
        qos: one([0, 1, 1, 2] as const, below),
      })),
    },
    { cmd: 'unsubscribe', messageId: below(65_535) + 1, unsubscriptions: [one(filters, below)] },
    { cmd: 'puback', messageId: below(100) + 1 },
    { cmd: 'pubrec', messageId: 1 },
    { cmd: 'pingreq' },
    {
      cmd: 'disconnect',
      ...(five ? { reasonCode: 4, properties: { sessionExpiryInterval: below(50) } } : {}),
    },
  ]
}
