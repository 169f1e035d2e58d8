import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as v from 'valibot'
import { anyone, comparePositions, feed, type Position, state } from '../topics/contract/index.ts'
import { connect } from './client.ts'
import { manualClock } from './testing/manual-clock.ts'
import { MemoryService, noMemoryFaults } from './testing/memory-service.ts'
import type { FeedItem } from './topic/feed-log.ts'

/** An entry says where it stands, so that a test sees where it came from. */
const place = v.object({ epoch: v.string(), sequence: v.number() })
type Place = v.InferOutput<typeof place>

const contracts = {
  gap: feed({ topic: 'a/feed', entry: place, subscribe: anyone, overflow: 'gap' }),
  recover: feed({ topic: 'a/feed', entry: place, subscribe: anyone, overflow: 'recover' }),
}
const total = state({ topic: 'a/total', payload: place, subscribe: anyone })

const probability = fc.constantFrom(0, 0, 0.2, 0.6)
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        count: fc.integer({ min: 1, max: 12 }),
        broadcast: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('broadcast' as const) }) },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 4000 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('expire' as const),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('faults' as const),
        faults: fc.record({
          drop: probability,
          double: probability,
          delayMs: fc.constantFrom(0, 100, 2000),
          forgetRetained: probability,
          httpError: probability,
          httpDelayMs: fc.constantFrom(0, 50, 3000),
        }),
      }),
    },
  ),
  { maxLength: 40 },
)

test('a feed loses nothing in silence, repeats nothing and keeps its order; a state never goes back', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.record({
        overflow: fc.constantFrom('gap' as const, 'recover' as const),
        last: fc.integer({ min: 0, max: 8 }),
        bufferEntries: fc.constantFrom(1, 5, 1000),
        startEmpty: fc.boolean(),
        seed: fc.integer(),
      }),
      async (schedule, { overflow, last, bufferEntries, startEmpty, seed }) => {
        const clock = manualClock()
        const random = randomFrom(seed)
        const service = new MemoryService({
          clock,
          random,
          feed: { contract: contracts[overflow], topic: 'a/feed' },
          state: { contract: total, topic: 'a/total' },
          messageEntriesMax: 6,
        })
        let floorMax = 0
        const reset = (): void => service.reset({ epoch: `later than ${service.epoch}`, sequence: 0 })
        const append = (count: number): void => {
          const from = service.head
          const entries = Array.from({ length: count }, (_, index) => ({
            value: { epoch: service.epoch, sequence: from + index + 1 },
          }))
          service.append(entries, { epoch: service.epoch, sequence: from + count })
        }
        if (!startEmpty) {
          reset()
          append(10)
          service.broadcast()
        }

        const items: FeedItem<Place>[] = []
        const positions: Position[] = []
        const client = connect({
          api: '',
          clock,
          random,
          transport: service.transport,
          fetch: service.fetch,
          signals: () => () => {},
          onProblem: () => {},
          bufferEntries,
        })
        client.feed(contracts[overflow], {}, { last, onItem: (item) => items.push(item) })
        const value = client.state(total, {}, { onValue: (_, update) => positions.push(update) })

        for (const step of schedule) {
          if (step.do === 'append') {
            if (service.head === 0 && service.value === undefined) reset()
            append(step.count)
            if (step.broadcast) service.broadcast()
          } else if (step.do === 'broadcast') service.broadcast()
          else if (step.do === 'cut') service.cut()
          else if (step.do === 'reset') reset()
          else if (step.do === 'expire') {
            service.expire(Math.floor(step.part * service.head))
            floorMax = Math.max(floorMax, service.floor)
          } else if (step.do === 'faults') Object.assign(service.faults, step.faults)
          else await clock.advance(step.ms)
        }

        // Then the network is well, and the head is sent once more, as broadcast does when a topic falls quiet.
        Object.assign(service.faults, noMemoryFaults)
        await clock.advance(120_000)
        service.broadcast()
        await clock.advance(60_000)

        expect(client.status.state).toBe('live')
        expect(wrongs(items, { head: service.head, floorMax })).toEqual([])
        const gaps = items.flatMap((item) => (item.kind === 'gap' ? [item.reason] : []))
        // With a listener nothing waits for a reader, so only a sender leaves entries out.
        expect(overflow === 'recover' && gaps.includes('overflow')).toBe(false)
        expect(value.current).toEqual(service.value)
        const newer = positions
          .slice(1)
          .map((position, index) => comparePositions(position, positions[index] ?? position))
        expect(newer.filter((order) => order <= 0)).toEqual([])
        client.close()
        await clock.advance(60_000)
        expect(clock.waiting).toBe(0)
        expect(service.links).toEqual([])
      },
    ),
    { numRuns: 2000 },
  )
})

/** What breaks the promise: an item that does not continue where the one before ended, or a gap nobody can account for. */
function wrongs(items: readonly FeedItem<Place>[], service: { head: number; floorMax: number }): string[] {
  const found: string[] = []
  let due: number | undefined
  let last: Place | undefined
  for (const item of items) {
    const from = item.kind === 'gap' ? item.from : item.sequence
    const to = item.kind === 'gap' ? item.to : item.sequence
    if (due !== undefined && from !== due) found.push(`${due} was due, ${JSON.stringify(item)} came`)
    if (item.kind === 'gap' && item.reason !== 'reset' && to < from)
      found.push(`empty ${JSON.stringify(item)}`)
    if (item.kind === 'gap' && item.reason === 'invalid')
      found.push(`nothing was invalid: ${JSON.stringify(item)}`)
    if (item.kind === 'gap' && item.reason === 'expired' && to > service.floorMax) {
      found.push(`never expired: ${JSON.stringify(item)}`)
    }
    if (item.kind === 'entry') {
      if (item.value.sequence !== item.sequence) found.push(`not itself: ${JSON.stringify(item)}`)
      if (last && comparePositions(item.value, last) <= 0) found.push(`no newer: ${JSON.stringify(item)}`)
      last = item.value
    }
    due = to + 1
  }
  if (due !== undefined && due !== service.head + 1)
    found.push(`ends before ${due}, the head is ${service.head}`)
  return found
}

function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}
