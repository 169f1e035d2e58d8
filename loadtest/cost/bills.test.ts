import { expect, it } from 'vitest'
import { totalUnits } from '../../topics/cost/units.ts'
import { contracts } from '../../topics/registry.ts'
import { aPlan, anOutcome, someFigures, someTopicFigures } from '../testing/outcomes.ts'
import { plannedBill } from './planned-bill.ts'
import { projectRun } from './projection.ts'
import { runBill } from './run-bill.ts'

it('a plan: every unit by hand', () => {
  const bill = plannedBill(aPlan(), contracts)
  // Ten messages to five people on average, each stored; ten joiners with a retained message each.
  expect(bill.units).toEqual({
    connect: 10,
    subscribe: 10,
    publishIn: 10,
    publishOut: 50 + 10,
    puback: 0,
    retainedStore: 10,
  })
  expect(bill.connectionMinutes).toBeCloseTo((5 * 10) / 60)
  // docs/aws-iot-core.md §4: 1 dollar a million messages, 0.08 a million connection minutes in eu-west-1.
  expect(bill.dollars.total).toBeCloseTo(100 / 1e6 + (bill.connectionMinutes / 1e6) * 0.08, 12)
})

it('a plan at QoS 1 has its PUBACKs, one through POST has the pace of its topic', () => {
  const [phase] = aPlan().phases
  const [publisher] = phase?.publishers ?? []
  if (!phase || publisher?.via !== 'data-plane') throw new Error('the builder has another publisher')
  const acknowledged = aPlan({ phases: [{ ...phase, publishers: [{ ...publisher, qos: 1 }] }] })
  expect(plannedBill(acknowledged, contracts).units.puback).toBe(50)
  const request = {
    method: 'POST',
    path: '/donations',
    headers: {},
    bodies: [],
    expect: [202],
    changes: [publisher.topic],
    addresses: 1,
  }
  const arrivals = { fromPerSecond: 50, toPerSecond: 50, spacing: 'even' } as const
  const posted = aPlan({
    phases: [{ ...phase, publishers: [{ name: 'donors', via: 'http', request, arrivals }] }],
  })
  expect(plannedBill(posted, contracts).units.publishIn).toBe(10)
})

it('a flood of connections is metered, refused or not', () => {
  const [phase] = aPlan().phases
  if (!phase) throw new Error('the builder has no phase')
  const flood = {
    name: 'f',
    kind: 'connect',
    atMs: 0,
    durationMs: 5000,
    perSecond: 100,
    addresses: 1,
  } as const
  expect(plannedBill(aPlan({ phases: [{ ...phase, floods: [flood] }] }), contracts).units.connect).toBe(510)
})

it('a run: by the meter where there is one, by what was counted otherwise', () => {
  const counted = runBill(anOutcome())
  expect(counted).toMatchObject({
    from: 'counted',
    units: { connect: 10, subscribe: 10, publishIn: 10, publishOut: 102 },
  })
  // Messages of 5,000 bytes, with topic and content type, are two units.
  const large = someFigures({ topics: [someTopicFigures({ bytes: 100 * 5100 })] })
  expect(runBill(anOutcome({ total: large })).units.publishOut).toBe(204)
  const units = { connect: 1, subscribe: 2, publishIn: 3, publishOut: 4, puback: 5, retainedStore: 6 }
  const target = { quotaMode: 'count', quotas: [], units, drops: {}, denials: [] } as const
  expect(runBill(anOutcome({ target }))).toMatchObject({ from: 'metered', units })
})

it('a projection: what was said a second, to so many people, for so long; and where the quota ends it', () => {
  const projection = projectRun(anOutcome(), { audience: 100_000, hours: 1 })
  const { bill } = projection
  // One message a second for an hour to everybody, two visits each with a retained message.
  expect(bill.units.publishOut).toBeCloseTo(3600 * 100_000 + 200_000)
  expect(bill.connectionMinutes).toBe(6_000_000)
  expect(bill.dollars.total).toBeCloseTo(totalUnits(bill.units) / 1e6 + 0.48)
  expect(projection).toMatchObject({
    outboundPerSecond: 100_000,
    outboundQuota: 20_000,
    quotaReachedAt: 20_000,
  })
})
