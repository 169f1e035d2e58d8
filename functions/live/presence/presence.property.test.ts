import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KilledError } from '../../testing/memory-ledger.ts'
import { MemoryPresence } from '../../testing/memory-presence.ts'
import { RecordingLog } from '../../testing/recording-log.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { VirtualTime } from '../../testing/virtual-time.ts'
import { heardTopics } from './person.ts'
import type { PresenceEvent, Slot } from './presence-event.ts'
import { recordEvents } from './record.ts'
import { forgetAfterMs, sweepPresence } from './sweep.ts'

/** What people do, and what IoT Core says of it: the truth that the counts are held against. */
class World {
  now = Date.UTC(2026, 0, 1)
  readonly said: PresenceEvent[] = []
  readonly #connections = new Map<string, { session: string; since: number; topics: Set<string> }>()
  #sessions = 0

  /** A client ID's connection, which takes over from one that is there. */
  connect(principal: string, slot: Slot, skewMs: number): void {
    // The end of the one before may be told as later than it was.
    this.leave(principal, slot, skewMs)
    const connection = { session: `s${++this.#sessions}`, since: this.now, topics: new Set<string>() }
    this.#connections.set(`${principal}-${slot}`, connection)
  }

  leave(principal: string, slot: Slot, skewMs = 0): void {
    const connection = this.#connections.get(`${principal}-${slot}`)
    if (!connection) return
    this.#connections.delete(`${principal}-${slot}`)
    const { session } = connection
    this.said.push({ kind: 'disconnected', principal, slot, at: this.now + skewMs, session })
  }

  hear(principal: string, slot: Slot, topics: readonly string[], kind: 'subscribed' | 'unsubscribed'): void {
    const connection = this.#connections.get(`${principal}-${slot}`)
    if (!connection) return
    for (const topic of topics) connection.topics[kind === 'subscribed' ? 'add' : 'delete'](topic)
    this.said.push({ kind, principal, slot, at: this.now, session: connection.session, topics })
  }

  ask(principal: string, slot: Slot) {
    const connection = this.#connections.get(`${principal}-${slot}`)
    return connection && { since: connection.since, topics: [...connection.topics] }
  }

  /** How many people hear each topic, of those for whom `counted` holds. */
  counts(counted: (principal: string) => boolean = () => true): Record<string, number> {
    const people = new Map<string, Set<string>>()
    for (const [clientId, { topics }] of this.#connections) {
      const principal = clientId.slice(0, -2)
      if (counted(principal)) people.set(principal, new Set([...(people.get(principal) ?? []), ...topics]))
    }
    return tally(people.values())
  }
}

function tally(people: Iterable<ReadonlySet<string>>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const topics of people) for (const topic of topics) counts[topic] = (counts[topic] ?? 0) + 1
  return counts
}

const topics = ['campaigns/a/total', 'campaigns/b/total', 'campaigns/c/total']

const step = fc.record({
  principal: fc.constantFrom('ann', 'bob', 'cat', 'dan'),
  slot: fc.constantFrom<Slot>('0', '1'),
  act: fc.constantFrom('connect', 'connect', 'leave', 'hear', 'hear', 'hear', 'unhear'),
  topics: fc.subarray(topics, { minLength: 1 }),
  waitMs: fc.integer({ min: 1, max: 20_000 }),
  skewMs: fc.integer({ min: 0, max: 1_000 }),
})
const run = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 40 }),
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
})

function live({
  steps,
  seed,
}: {
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]
  seed: number
}) {
  const world = new World()
  for (const { principal, slot, act, topics: some, waitMs, skewMs } of steps) {
    world.now += waitMs
    if (act === 'connect') {
      world.connect(principal, slot, skewMs)
      world.now += 100
      world.hear(principal, slot, some, 'subscribed')
    } else if (act === 'leave') world.leave(principal, slot)
    else world.hear(principal, slot, some, act === 'hear' ? 'subscribed' : 'unsubscribed')
  }
  const random = seededRandom(seed)
  const table = new MemoryPresence(random)
  const time = new VirtualTime(world.now)
  const ports = () => ({
    store: table.connect(),
    time,
    random,
    log: new RecordingLog(),
    isPassing: (error: unknown) => !(error instanceof KilledError),
  })
  const counts = () => Object.fromEntries([...table.counts].filter(([, count]) => count !== 0))
  /** Hands events to two instances in any order, some twice, again and again until each was taken. */
  const deliver = async (events: readonly PresenceEvent[]) => {
    const doubled = events.flatMap((event) => (random() < 0.3 ? [event, event] : [event]))
    const order = doubled.map((event) => ({ event, rank: random() })).toSorted((a, b) => a.rank - b.rank)
    let waiting = order.map(({ event }) => event)
    while (waiting.length > 0) {
      const size = 1 + Math.floor(random() * 8)
      const batches = [waiting.slice(0, size), waiting.slice(size, 2 * size)]
      const again = await time.run(
        Promise.all(batches.map((batch) => recordEvents(batch, ports(), time.now() + 60_000))),
      )
      // A killed instance answers nothing: its whole batch comes again. Some that succeeded do, too.
      const failed = batches.flatMap((batch, index) =>
        batch.filter(({ principal }) => again[index]?.has(principal) === true || random() < 0.05),
      )
      waiting = [...waiting.slice(2 * size), ...failed]
      expectExact()
    }
  }
  /** Whatever has happened, a count is the number of people in the table, and none was ever below zero. */
  const expectExact = () => {
    expect(counts()).toEqual(tally([...table.people.values()].map(({ person }) => heardTopics(person))))
    expect(table.lowest).toBe(0)
  }
  const sweep = async () => {
    async function* due(now: number) {
      await Promise.resolve()
      yield [...table.people.values()].filter(({ dueAt }) => dueAt <= now)
    }
    async function* all() {
      await Promise.resolve()
      yield [...table.counts]
    }
    await time.run(
      sweepPresence(
        {
          ...ports(),
          due,
          ask: (principal, slot) => Promise.resolve(world.ask(principal, slot)),
          forget: ({ person: { principal }, version }) => {
            if (table.people.get(principal)?.version === version) table.people.delete(principal)
            return Promise.resolve()
          },
          counts: all,
          tell: () => Promise.resolve(),
          dropZero: () => Promise.resolve(),
        },
        time.now() + 50_000,
      ).catch((error: unknown) => {
        // The instance died; the next minute's does the rest.
        if (!(error instanceof KilledError)) throw error
      }),
    )
    expectExact()
  }
  return { world, table, time, random, counts, deliver, sweep }
}

describe('who watches', () => {
  it('is exact once every event came, late, doubled, in any order, with instances killed at every await', async () => {
    await fc.assert(
      fc.asyncProperty(run, fc.double({ min: 0, max: 0.3, noNaN: true }), async (given, kill) => {
        const { world, table, counts, deliver } = live(given)
        Object.assign(table.faults, { kill, busy: kill / 2 })
        await deliver(world.said)
        expect(counts()).toEqual(world.counts())
      }),
      { numRuns: 1000 },
    )
  })

  it('is exact again after the lease, whatever was lost, of everybody of whom anything was heard', async () => {
    await fc.assert(
      fc.asyncProperty(run, fc.double({ min: 0, max: 1, noNaN: true }), async (given, loss) => {
        const { world, table, time, random, counts, deliver, sweep } = live(given)
        Object.assign(table.faults, { kill: 0.05, busy: 0.05 })
        await deliver(world.said.filter(() => random() >= loss))
        await time.run(time.sleep(360_000))
        // One sweep, if nothing dies in it.
        Object.assign(table.faults, { kill: 0, busy: 0 })
        await sweep()
        expect(counts()).toEqual(world.counts((principal) => table.people.has(principal)))
      }),
      { numRuns: 1000 },
    )
  })

  it('forgets who is gone, and keeps who stays, though sweeps are killed', async () => {
    await fc.assert(
      fc.asyncProperty(run, async (given) => {
        const { world, table, time, deliver, sweep } = live(given)
        await deliver(world.said)
        table.faults.kill = 0.05
        for (let minutes = 0; minutes * 60_000 < forgetAfterMs + 900_000; minutes += 4) {
          await time.run(time.sleep(240_000))
          await sweep()
        }
        const staying = Object.values(world.counts()).reduce((sum, count) => sum + count, 0)
        expect([...table.people.values()].every(({ person }) => heardTopics(person).size > 0)).toBe(true)
        expect(table.people.size === 0).toBe(staying === 0)
      }),
      { numRuns: 200 },
    )
  })
})
