import { connectAsync, type MqttClient } from 'mqtt'
import * as v from 'valibot'
import { afterEach, describe, expect, it } from 'vitest'
import { type IotCore, startIotCore } from '../local/iot/index.ts'
import { anyone, feed, state } from '../topics/contract/index.ts'
import { estimate } from '../topics/cost/estimate.ts'
import { contractMonth, type Month } from '../topics/cost/month.ts'
import { eventually } from './support/stack.ts'

const load = { rate: 1, audience: 0 }
const total = state({
  topic: 'shows/{showId}/total',
  payload: v.object({ sum: v.number() }),
  subscribe: anyone,
  load,
})
const gifts = feed({
  topic: 'shows/{showId}/gifts',
  entry: v.object({ sum: v.number() }),
  subscribe: anyone,
  maxBytes: 20_000,
  load,
})

let iot: IotCore | undefined
const clients: MqttClient[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)))
  await iot?.close()
  iot = undefined
})

/** A month of some seconds, with a message a second and topic. */
function monthOf(run: Run): Month {
  const hours = run.seconds / 3600
  const span = { phase: 0, hours }
  return {
    name: 'a run',
    region: 'eu-west-1',
    audience: run.people,
    raised: {},
    phases: ['run'],
    contracts: run.topics.map(({ contract, bytes }) => ({
      ...contractMonth(contract),
      qos: run.qos,
      messageBytes: bytes,
      spans: [{ ...span, rate: 1, audience: run.people }],
    })),
    // Each of them joins once, and stays.
    pages: [
      {
        name: 'page',
        hears: run.topics.map(({ contract }) => contract.topic),
        minutes: run.seconds / 60,
        spans: [{ ...span, people: run.people }],
      },
    ],
  }
}

interface Run {
  readonly people: number
  readonly seconds: number
  readonly qos: 0 | 1
  /** Bytes of a message as AWS meters them. */
  readonly topics: readonly { contract: typeof total | typeof gifts; bytes: number }[]
}

describe('an estimate', () => {
  it.each<Run>([
    { people: 3, seconds: 5, qos: 0, topics: [{ contract: total, bytes: 300 }] },
    {
      people: 4,
      seconds: 7,
      qos: 0,
      topics: [
        { contract: total, bytes: 5120 },
        { contract: gifts, bytes: 5121 },
      ],
    },
    {
      people: 5,
      seconds: 6,
      qos: 1,
      topics: [
        { contract: total, bytes: 10_240 },
        { contract: gifts, bytes: 16_000 },
      ],
    },
  ])('is what the local broker meters of the same run (%#)', async (run) => {
    const { people, seconds, qos } = run
    const broker = await startIotCore({ anonymous: true, quotas: 'off' })
    iot = broker
    const topics = run.topics.map(({ contract, bytes }) => {
      const name = contract.topic.replace('{showId}', 'x')
      const contentType = 'application/cloudevents+json'
      return { name, contentType, payload: Buffer.alloc(bytes - name.length - contentType.length, 'x') }
    })
    const publish = (): void => {
      for (const { name, contentType, payload } of topics)
        broker.publish(name, payload, { qos, retain: true, properties: { contentType } })
    }
    // What the first joiner finds was said before.
    publish()
    broker.resetMeter()
    let heard = 0
    for (let client = 0; client < people; client++) {
      const connected = await connectAsync(broker.url, {
        protocolVersion: 5,
        clean: true,
        reconnectPeriod: 0,
      })
      clients.push(connected)
      connected.on('message', () => (heard += 1))
      await connected.subscribeAsync(
        topics.map(({ name }) => name),
        { qos },
      )
    }
    await eventually(() => expect(heard).toBe(people * topics.length))
    for (let message = 0; message < seconds; message++) publish()
    await eventually(() => expect(heard).toBe((seconds + 1) * people * topics.length))
    const { units } = estimate(monthOf(run))
    await eventually(() => {
      const { total: _total, ...metered } = broker.stats().units
      for (const [name, count] of Object.entries(units))
        expect([name, count]).toEqual([name, expect.closeTo(metered[name as keyof typeof metered], 6)])
    }, 3000)
  })
})
