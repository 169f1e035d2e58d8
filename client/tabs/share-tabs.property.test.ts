import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as v from 'valibot'
import { anyone, feed, state } from '../../topics/contract/index.ts'
import { type Client, connect } from '../client.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { MemoryService, noMemoryFaults } from '../testing/memory-service.ts'
import { MemoryBrowser, type MemoryTab } from '../testing/memory-tabs.ts'
import type { FeedItem } from '../topic/feed-log.ts'
import { shareTabs } from './share-tabs.ts'

const gifts = feed({ topic: 'a/feed', entry: v.number(), subscribe: anyone, overflow: 'recover' })
const total = state({ topic: 'a/total', payload: v.number(), subscribe: anyone })

interface Shown {
  readonly tab: MemoryTab
  readonly client: Client
  readonly items: FeedItem<number>[]
  readonly totals: number[]
}

const which = fc.integer({ min: 0, max: 4 })
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 8 }) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('pass' as const),
        ms: fc.oneof(fc.integer({ min: 0, max: 8000 }), fc.constant(300_000)),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('open' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'close' as const,
          'crash' as const,
          'freeze' as const,
          'freeze' as const,
          'thaw' as const,
          'hide' as const,
          'show' as const,
          'leader-crash' as const,
          'leader-freeze' as const,
        ),
        which,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('faults' as const),
        faults: fc.record({
          drop: fc.constantFrom(0, 0.3),
          double: fc.constantFrom(0, 0.3),
          delayMs: fc.constantFrom(0, 500),
          httpError: fc.constantFrom(0, 0.3),
          httpDelayMs: fc.constantFrom(0, 500),
        }),
      }),
    },
  ),
  { maxLength: 30 },
)

test('tabs share one connection and each shows everything once and in order, whichever tab closes, crashes or freezes', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.constantFrom(100, 36_000),
      fc.integer(),
      async (schedule, sessionSeconds, seed) => {
        const clock = manualClock()
        const random = randomFrom(seed)
        const service = new MemoryService({
          clock,
          random,
          feed: { contract: gifts, topic: 'a/feed' },
          state: { contract: total, topic: 'a/total' },
          messageEntriesMax: 6,
          sessionSeconds,
        })
        service.reset(0)
        const browser = new MemoryBrowser(clock)
        const shown = new Set<Shown>()
        const open = (): void => {
          if (shown.size >= 6) return
          const tab = browser.open()
          const client = connect({
            api: '',
            clock: tab.clock,
            random,
            transport: tab.transport(service.transport),
            fetch: tab.fetch(service.fetch),
            signals: tab.signals,
            onProblem: () => {},
            connection: shareTabs({ locks: tab.locks, openChannel: tab.openChannel }),
          })
          const items: FeedItem<number>[] = []
          const totals: number[] = []
          client.feed(gifts, {}, { onItem: (item) => items.push(item) })
          client.state(total, {}, { onValue: (value) => totals.push(value) })
          shown.add({ tab, client, items, totals })
        }
        const append = (count: number): void => {
          const from = service.head
          service.append(
            Array.from({ length: count }, (_, index) => ({ value: from + index + 1 })),
            from + count,
          )
          service.broadcast()
        }
        const pick = (index: number): Shown | undefined => [...shown][index % Math.max(shown.size, 1)]
        const leader = (): Shown | undefined => {
          const holder = browser.locks.map((name) => browser.holder(name))[0]
          return [...shown].find(({ tab }) => tab === holder)
        }
        open()
        open()

        for (const step of schedule) {
          if (step.do === 'append') append(step.count)
          else if (step.do === 'pass') await clock.advance(step.ms)
          else if (step.do === 'open') open()
          else if (step.do === 'cut') service.cut()
          else if (step.do === 'faults') Object.assign(service.faults, step.faults)
          else {
            const one = step.do.startsWith('leader') ? leader() : pick(step.which)
            if (!one) continue
            if (step.do === 'close' && one.tab.running) {
              one.client.close()
              shown.delete(one)
            } else if (step.do === 'crash' || step.do === 'leader-crash') {
              one.tab.crash()
              shown.delete(one)
            } else if (step.do === 'freeze' || step.do === 'leader-freeze') one.tab.freeze()
            else if (step.do === 'thaw') one.tab.thaw()
            else if (step.do === 'hide' && one.tab.running) one.tab.hide()
            else if (step.do === 'show' && one.tab.running) one.tab.show()
          }
        }

        // Then all is well, with tabs frozen or not; and then those come back too.
        Object.assign(service.faults, noMemoryFaults)
        for (const { tab } of shown) if (tab.running) tab.show()
        if (![...shown].some(({ tab }) => tab.running)) open()
        append(1)
        await clock.advance(120_000)
        service.broadcast()
        await clock.advance(20_000)
        const expectCurrent = ({ client, items, totals }: Shown): void => {
          expect(client.status.state).toBe('live')
          expect(totals.at(-1)).toBe(service.value)
          expect(totals).toEqual([...totals].sort((a, b) => a - b))
          expect(new Set(totals).size).toBe(totals.length)
          const sequences = items.map((item) => (item.kind === 'entry' ? item.value : item.kind))
          const first = sequences[0] ?? service.head
          expect(sequences).toEqual(
            sequences.length === 0
              ? []
              : Array.from({ length: service.head - Number(first) + 1 }, (_, at) => Number(first) + at),
          )
        }
        for (const each of shown) if (each.tab.running) expectCurrent(each)
        for (const { tab } of shown) {
          tab.thaw()
          tab.show()
        }
        append(2)
        await clock.advance(60_000)
        service.broadcast()
        await clock.advance(20_000)
        for (const each of shown) expectCurrent(each)
        // One, or for a moment its successor too.
        expect([1, 2]).toContain(service.links.length)

        for (const { client } of shown) client.close()
        await clock.advance(120_000)
        expect(clock.waiting).toBe(0)
        expect(service.links).toEqual([])
        expect(browser.locks).toEqual([])
      },
    ),
    { numRuns: 500 },
  )
})

function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}
