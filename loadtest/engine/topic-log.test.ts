import fc from 'fast-check'
import { expect, test } from 'vitest'
import { campaignDonations } from '../../topics/campaign-donations.ts'
import { campaignTotal } from '../../topics/campaign-total.ts'
import { feedMessage, stateMessage } from '../../topics/index.ts'
import { percentileMs } from '../histogram.ts'
import type { TopicFigures } from '../outcome.ts'
import type { LoadTopic } from '../plan.ts'
import { aPhase, aPlan, total, totalValue } from '../testing/a-plan.ts'
import { newLedger, type OwnTopic } from './ledger.ts'
import { Listener } from './listener.ts'
import { OwnMessages } from './own-messages.ts'
import { PhaseCounts } from './phase-figures.ts'
import { RunClock } from './run-clock.ts'
import { Tally } from './tally.ts'
import { TopicLog } from './topic-log.ts'

const donations: LoadTopic = {
  contract: 'campaigns/{campaignId}/donations',
  topic: 'campaigns/red-nose/donations',
  kind: 'feed',
}
const epoch = '01JCJ0000000000000000000AA'

/** A log at a time that the test tells, with listeners who joined at 0. */
function aStage(topic: LoadTopic, listeners: number, own?: OwnTopic) {
  const counts = new PhaseCounts(aPlan('ws://localhost:1/mqtt', [aPhase({ durationMs: 100_000 })]))
  const clock = new RunClock({ monotonicNs: process.hrtime.bigint(), wallMs: 0 })
  const problems: string[] = []
  const holes: Listener[] = []
  const requestsDue = newLedger([], 2, 'own').requestsDue
  const log = new TopicLog({
    topic,
    own,
    requestsDue,
    run: 'test',
    counts,
    tally: new Tally(),
    clock,
    onUnfit: (_, problem) => problems.push(problem),
    onHole: (_, listener) => holes.push(listener),
  })
  const all = Array.from({ length: listeners }, () => new Listener())
  for (const listener of all) {
    log.ask(listener, 0)
    log.join(listener, 0)
  }
  const hear = (listener: Listener | undefined, message: object, now: number, retained = false): void => {
    const bytes = Buffer.from(`..${JSON.stringify(message)}..`)
    if (listener) log.hear(listener, bytes, 2, bytes.length - 2, retained, now)
  }
  const end = (): TopicFigures | undefined => {
    for (const listener of all) {
      log.leave(listener, Number.POSITIVE_INFINITY, true)
      log.settle(listener)
    }
    log.losses([])
    return counts.all[0]?.encode().topics[0]
  }
  return { log, all, hear, end, problems, holes, requestsDue }
}

const state = (sequence: number, at = sequence * 1000, value: object = totalValue): object =>
  stateMessage(
    campaignTotal,
    { topic: total.topic, epoch, sequence, time: new Date(at).toISOString() },
    value as typeof totalValue,
  )

const feed = (first: number, sequence: number, name = 'Ann', previous?: number): object =>
  feedMessage(
    campaignDonations,
    { topic: donations.topic, epoch, sequence, time: new Date(sequence * 1000).toISOString() },
    Array.from({ length: sequence - first + 1 }, (_, index) => ({
      value: {
        donationId: `d${first + index}`,
        amount: { value: 100, currency: 'GBP' },
        name,
        at: '2026-01-01T00:00:00Z',
      },
    })),
    previous,
  )

test('a state that skips is not lost; one that ends behind is', () => {
  const { all, hear, end } = aStage(total, 2)
  const [one, other] = all
  for (const sequence of [2, 5, 9]) hear(one, state(sequence), sequence * 1000)
  hear(other, state(2), 2000)
  hear(other, state(9), 9000)
  hear(one, state(12), 12_000)
  expect(end()).toMatchObject({ delivered: 6, superseded: 1, lost: 1, duplicated: 0, reordered: 0, unfit: 0 })
})

test('a copy soon after is a duplicate, one that repair sends is not', () => {
  const { all, hear, end } = aStage(total, 1)
  hear(all[0], state(2), 2000)
  hear(all[0], state(2), 2100)
  hear(all[0], state(2), 7000)
  expect(end()).toMatchObject({ delivered: 1, duplicated: 1, repeated: 1, lost: 0 })
})

test('a head that a joiner has as the retained one is no fresh delivery when repair sends it again', () => {
  const { log, all, hear, end } = aStage(total, 1)
  hear(all[0], state(2), 2010)
  const joiner = new Listener()
  log.ask(joiner, 6800)
  log.join(joiner, 6801)
  hear(joiner, state(2), 6802, true)
  for (const listener of [...all, joiner]) hear(listener, state(2), 7000)
  for (const listener of [...all, joiner]) hear(listener, state(3, 8000), 8010)
  log.leave(joiner, 9000, true)
  log.settle(joiner)
  expect(end()).toMatchObject({ delivered: 3, repeated: 2, duplicated: 0, lost: 0, delivery: { maxMs: 10 } })
})

test('a head from before anybody listened, sent again, was not published in the run', () => {
  const { log, all, hear, end } = aStage(total, 2)
  for (const listener of all) hear(listener, state(2, -3000), 100, true)
  for (const listener of all) hear(listener, state(2, -3000), 2000)
  expect(log.foreign()).toEqual([])
  expect(end()).toMatchObject({ delivered: 0, repeated: 2, lost: 0, delivery: { count: 0 } })
})

test('an older value behind a newer one is reordered', () => {
  const { all, hear, end } = aStage(total, 1)
  hear(all[0], state(3), 3000)
  hear(all[0], state(2), 3001)
  expect(end()).toMatchObject({ delivered: 2, reordered: 1, lost: 0 })
})

test('content that does not fit the contract is told', () => {
  const { all, hear, end, problems } = aStage(total, 1)
  hear(all[0], state(2, 2000, { name: 'Red Nose' }), 2000)
  hear(all[0], { hello: 'world' }, 2000)
  expect(end()).toMatchObject({ delivered: 0, unfit: 2 })
  expect(problems.join()).toMatch(/does not fit.*has no id/s)
})

test('one copy that differs from the others is found', () => {
  const { all, hear, end, problems } = aStage(total, 2)
  hear(all[0], state(2), 2000)
  hear(all[1], state(2, 2000, { ...totalValue, donations: -1 }), 2000)
  expect(end()).toMatchObject({ unfit: 1 })
  expect(problems[0]).toMatch(/donations/)
})

test('latency counts from the message’s time, and a joiner waits for what is current', () => {
  const { log, all, hear, end } = aStage(total, 2)
  hear(all[0], state(2), 2100)
  const joiner = new Listener()
  log.ask(joiner, 3000)
  log.join(joiner, 3010)
  // What was retained is behind what others heard: not current.
  hear(joiner, state(1), 3020, true)
  hear(joiner, state(2), 3050, true)
  expect(end()).toMatchObject({
    delivered: 1,
    delivery: { count: 1, minMs: 100 },
    currentValue: { count: 2, minMs: 50, maxMs: 2100 },
  })
})

test('a feed’s hole is told, and closed by what comes late; a message that says it left entries out makes none', () => {
  const { all, hear, end, holes } = aStage(donations, 2)
  const [one, other] = all
  for (const listener of [one, other]) hear(listener, feed(1, 2), 2000)
  hear(other, feed(3, 4), 4000)
  hear(one, feed(5, 6), 6000)
  hear(other, feed(5, 6), 6000)
  expect(holes).toEqual([one])
  expect(one?.holes).toEqual([[3, 4]])
  hear(one, feed(3, 4), 6100)
  for (const listener of [one, other]) hear(listener, feed(9, 10, 'Ann', 6), 10_000)
  expect(end()).toMatchObject({ delivered: 8, gaps: 1, gapsRecovered: 1, leftOut: 4, reordered: 1, lost: 0 })
})

test('a feed’s entries that nothing brought are lost', () => {
  const { all, hear, end } = aStage(donations, 2)
  const [one, other] = all
  for (const listener of [one, other]) hear(listener, feed(1, 2), 2000)
  hear(other, feed(3, 4), 4000)
  for (const listener of [one, other]) hear(listener, feed(5, 6), 6000)
  expect(end()).toMatchObject({ gaps: 1, gapsRecovered: 0, lost: 1 })
})

test('a request’s way is measured by its mark, once each', () => {
  const { all, hear, end, requestsDue } = aStage(donations, 2)
  requestsDue[1] = 1500
  for (const listener of all) {
    hear(listener, feed(1, 2, 'test-1'), 2000)
    hear(listener, feed(1, 3, 'test-1'), 3000)
  }
  expect(end()).toMatchObject({ request: { count: 2, minMs: 500, maxMs: 500 } })
})

/** Own messages that were sent at the times told, ms; `taken` as the ledger has it. */
function ownMessages(times: readonly { due: number; sent: number; taken: number }[]) {
  const [own] = newLedger(
    [{ topic: total.topic, messages: times.length }],
    0,
    '01JCJ0000000000000000000BB',
  ).own
  if (!own) throw new Error('no ledger')
  const messages = new OwnMessages(
    total,
    own,
    new RunClock({ monotonicNs: process.hrtime.bigint(), wallMs: 0 }),
  )
  const payloads = times.map(({ due, sent, taken }, index) => {
    const message = messages.next(totalValue, due)
    own.sent[index] = sent
    own.taken[index] = taken
    return JSON.parse(String(message?.payload)) as object
  })
  return { own, payloads }
}

test('two messages that were under way together are in no order; one that the target had before is', () => {
  const { own, payloads } = ownMessages([
    { due: 1000, sent: 1000, taken: 1012 },
    { due: 1005, sent: 1005, taken: 1008 },
    { due: 1009, sent: 1009, taken: 1020 },
  ])
  const { all, hear, end } = aStage(total, 2, own)
  const [one, other] = all
  for (const index of [1, 0, 2]) hear(one, payloads[index] ?? {}, 1030)
  for (const index of [2, 1, 0]) hear(other, payloads[index] ?? {}, 1030)
  expect(end()).toMatchObject({ delivered: 6, reordered: 1, unfit: 0, lost: 0 })
})

test('latencies are the delays, to the histogram’s grain, whatever they are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 90_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
      (delays) => {
        const { own, payloads } = ownMessages(
          delays.map((_, index) => ({ due: index, sent: index, taken: index })),
        )
        const { all, hear, end } = aStage(total, 1, own)
        for (const [index, delay] of delays.entries()) hear(all[0], payloads[index] ?? {}, index + delay)
        const { delivery } = end() ?? {}
        const sorted = delays.toSorted((a, b) => a - b)
        for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
          const injected = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? Number.NaN
          const told = delivery ? percentileMs(delivery, share) : Number.NaN
          expect(Math.abs(told - injected)).toBeLessThanOrEqual(Math.max(0.001, injected * 0.008))
        }
      },
    ),
    { numRuns: 100 },
  )
})
