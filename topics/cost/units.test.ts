import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messageDollars, prices } from './prices.ts'
import { addUnits, joiningUnits, publishingUnits, totalUnits, type Units } from './units.ts'

/** Bills one packet after another, as docs/aws-iot-core.md §4 says, without a formula. */
function simulate(scene: Scene): Units {
  const bill = { connect: 0, subscribe: 0, publishIn: 0, publishOut: 0, puback: 0, retainedStore: 0 }
  const steps = (bytes: number): number => {
    let units = 1
    for (let covered = 5 * 1024; covered < bytes; covered += 5 * 1024) units += 1
    return units
  }
  const receivers: { topics: readonly Topic[] }[] = []
  for (let client = 0; client < scene.clients; client++) {
    bill.connect += 1
    const waiting = scene.topics.slice()
    while (waiting.length > 0) {
      bill.subscribe += 1
      for (const topic of waiting.splice(0, 8)) {
        if (!topic.retained) continue
        bill.publishOut += steps(topic.bytes)
        if (topic.qos === 1) bill.puback += 1
      }
    }
    receivers.push({ topics: scene.topics })
  }
  for (const topic of scene.topics) {
    for (let message = 0; message < topic.messages; message++) {
      bill.publishIn += steps(topic.bytes)
      if (topic.retained) bill.retainedStore += steps(topic.bytes)
      for (const receiver of receivers) {
        if (!receiver.topics.includes(topic)) continue
        bill.publishOut += steps(topic.bytes)
        if (topic.qos === 1) bill.puback += 1
      }
    }
  }
  return bill
}

interface Topic {
  readonly messages: number
  readonly bytes: number
  readonly retained: boolean
  readonly qos: 0 | 1
}

interface Scene {
  readonly clients: number
  readonly topics: readonly Topic[]
}

const scenes: fc.Arbitrary<Scene> = fc.record({
  clients: fc.nat(6),
  topics: fc.array(
    fc.record({
      messages: fc.nat(6),
      bytes: fc.oneof(
        fc.integer({ min: 1, max: 131_072 }),
        fc.constantFrom(1, 5119, 5120, 5121, 10_240, 10_241),
      ),
      retained: fc.boolean(),
      qos: fc.constantFrom(0, 1),
    }),
    { maxLength: 18 },
  ),
})

describe('units, docs/aws-iot-core.md §4', () => {
  it('are those that a bill packet by packet comes to (property)', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { clients, topics } = scene
        const estimated = addUnits(
          joiningUnits({
            connections: clients,
            filters: topics.length,
            retained: topics.filter(({ retained }) => retained),
          }),
          ...topics.map((topic) => publishingUnits({ ...topic, receivers: clients })),
        )
        expect(estimated).toEqual(simulate(scene))
      }),
      { numRuns: 500 },
    )
  })

  it('of one message to N browsers are 1 + N, 1 + 2N at QoS 1, and one more when it is retained', () => {
    const message = { messages: 1, bytes: 200, receivers: 1000, retained: false } as const
    expect(totalUnits(publishingUnits({ ...message, qos: 0 }))).toBe(1001)
    expect(totalUnits(publishingUnits({ ...message, qos: 1 }))).toBe(2001)
    expect(totalUnits(publishingUnits({ ...message, qos: 0, retained: true }))).toBe(1002)
  })
})

describe('money', () => {
  it('follows the tiers', () => {
    const tiers = prices['eu-central-1']?.messageTiers ?? []
    expect(messageDollars(1e6, tiers)).toBeCloseTo(1.2)
    expect(messageDollars(1e9, tiers)).toBeCloseTo(1200)
    expect(messageDollars(6e9, tiers)).toBeCloseTo(1200 + 4 * 960 + 840)
  })

  it.each(Object.entries(prices))('%s: every price has a source and a day', (_, { sources }) => {
    expect(sources.length).toBeGreaterThan(0)
    for (const { url, read } of sources) {
      expect(url).toMatch(/^https:\/\//)
      expect(read).toMatch(/^20\d\d/)
    }
  })
})
