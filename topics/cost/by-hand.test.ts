/** Months whose every unit is reckoned here by hand, as docs/aws-iot-core.md §4 says what is metered. */
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { anyone, claim, feed, inbox, signal, state } from '../contract/index.ts'
import { alternatives } from './alternatives.ts'
import { estimate } from './estimate.ts'
import { declaredMonth } from './month.ts'
import { readScenario } from './scenario.ts'
import { totalUnits } from './units.ts'

const n = v.object({ n: v.number() })
const news = state({ topic: 'desk/{deskId}/news', payload: n, subscribe: anyone })
const tasks = inbox({ topic: 'desk/{deskId}/tasks', item: n, subscribe: claim('deskId') })
const log = feed({ topic: 'desk/{deskId}/log', entry: n, subscribe: anyone, maxBytes: 20_000 })
const typing = signal({ topic: 'desk/{deskId}/typing', payload: n, subscribe: anyone, publish: anyone })
const contracts = [news, tasks, log, typing]

const month = (contractLines: string, pages: string, phases: string) =>
  readScenario(
    `name: By hand\nregion: us-east-1\naudience: 100\npages:\n${pages}phases:\n${phases}contracts:\n${contractLines}`,
    'by-hand.yml',
    contracts,
  )

describe('a month by hand, docs/aws-iot-core.md §4', () => {
  it('of an inbox beside a state: PUBACKs are for what was published with QoS 1 alone', () => {
    const { units, connectionMinutes, dollars } = estimate(
      month(
        '  desk/{deskId}/tasks: { topics: 100, messageBytes: 6000 }\n  desk/{deskId}/news: { messageBytes: 500 }\n',
        '  - { name: desk, hears: ["desk/{deskId}/news", "desk/{deskId}/tasks"], minutes: 60 }\n',
        '  - { name: day, hours: 10, rates: { "desk/{deskId}/tasks": 0.01, "desk/{deskId}/news": 2 } }\n',
      ),
    )
    // Each of 100 inboxes: 0.01 items a second, and a repeat after five quiet seconds (e^-0.05 of them), to one person.
    const items = 100 * 36_000 * (0.01 + 0.01 * Math.exp(-0.05))
    // The state is at its pace of one a second, to 100 people.
    const values = 36_000
    const visits = 100 * 10
    expect(units.connect).toBeCloseTo(visits)
    expect(units.subscribe).toBeCloseTo(visits)
    // 6,000 bytes are two units, 500 are one.
    expect(units.publishIn).toBeCloseTo(2 * items + values)
    // An inbox's messages are not retained: a joiner asks for it by HTTP.
    expect(units.retainedStore).toBeCloseTo(values)
    expect(units.publishOut).toBeCloseTo(2 * items + values * 100 + visits)
    // A PUBACK is one unit, however large its message; the state's retained message comes with QoS 0.
    expect(units.puback).toBeCloseTo(items)
    expect(connectionMinutes).toBeCloseTo(100 * 600)
    expect(dollars.messages).toBeCloseTo(totalUnits(units) / 1e6)
    expect(dollars.connectionMinutes).toBeCloseTo(0.06 * 0.08)
  })

  it('of a signal and a page of nine topics: no store, no retained message, two SUBSCRIBEs, and visits that outlast a session', () => {
    const many = Array.from({ length: 9 }, (_, index) =>
      signal({ topic: `s${index}/{roomId}`, payload: n, subscribe: anyone, publish: anyone }),
    )
    const { units, lambda } = estimate({
      ...declaredMonth(many),
      contracts: many.map((contract) => ({
        contract,
        topics: 1,
        qos: 0 as const,
        paceSeconds: 0,
        auto: false,
        messageBytes: 5121,
        spans: [{ phase: 0, hours: 1, rate: 0.5, audience: 10 }],
      })),
      pages: [
        {
          name: 'room',
          hears: many.map(({ topic }) => topic),
          minutes: 90,
          spans: [{ phase: 0, hours: 1, people: 10 }],
        },
      ],
    })
    // 10 people × 60 minutes / 90 are visits, and each connects twice: its session ends after an hour.
    const connections = (600 / 90) * 2
    expect(units.connect).toBeCloseTo(connections)
    expect(units.subscribe).toBeCloseTo(2 * connections)
    expect(units.publishIn).toBeCloseTo(9 * 1800 * 2)
    expect(units.publishOut).toBeCloseTo(9 * 1800 * 2 * 10)
    expect([units.puback, units.retainedStore]).toEqual([0, 0])
    // A session and an authorizer for each connection; a signal needs no Lambda, and has no history.
    expect(lambda.invocations).toBeCloseTo(2 * connections)
  })

  it('of a feed: a joiner finds what was said last in its own phase, not the largest of the month', () => {
    const { units } = estimate(
      month(
        '  {}\n',
        '  - { name: desk, hears: ["desk/{deskId}/log"], minutes: 30 }\n',
        '  - { name: quiet, hours: 100, rate: 0 }\n  - { name: busy, hours: 1, share: 0.5, rate: 1000 }\n',
      ),
    )
    // Quiet: one entry, one unit. Busy: 20,000 bytes, four units, once a second to fifty people.
    const visits = { quiet: (100 * 100) / 0.5, busy: 50 / 0.5 }
    expect(units.publishIn).toBeCloseTo(3600 * 4)
    expect(units.publishOut).toBeCloseTo(3600 * 4 * 50 + visits.quiet * 1 + visits.busy * 4)
    expect(units.retainedStore).toBeCloseTo(3600 * 4)
  })

  it('of a thousand contracts, with alternatives for those that cost most, within a second', () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      state({ topic: `area${index}/{id}`, payload: n, subscribe: anyone, load: { audience: 1 + index } }),
    )
    const started = process.cpuUsage()
    const others = alternatives(estimate(declaredMonth(many)))
    const { user, system } = process.cpuUsage(started)
    expect(new Set(others.map(({ topic }) => topic))).toEqual(
      new Set(many.slice(-20).map(({ topic }) => topic)),
    )
    expect((user + system) / 1e6).toBeLessThan(1)
  })
})
