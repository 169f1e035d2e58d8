import fc from 'fast-check'
import * as v from 'valibot'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claim, inbox } from '../../topics/contract/index.ts'
import { type Client, connect } from '../client.ts'
import type { Problem } from '../errors.ts'
import { InboxService } from '../testing/inbox-service.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import type { InboxItem, InboxTopic, InboxTopicOptions } from './inbox.ts'

const tasks = inbox({ topic: 'agents/{agentId}/tasks', item: v.string(), subscribe: claim('agentId') })

let clock: ManualClock
let service: InboxService<string>
let problems: Problem[]
let clients: Client[]

beforeEach(() => {
  clock = manualClock()
  service = new InboxService(clock, tasks, 'agents/7/tasks')
  problems = []
  clients = []
})

afterEach(() => {
  for (const client of clients) client.close()
})

/** A tab or a device of the same person. */
function aTab(options: InboxTopicOptions<string> = {}): InboxTopic<string> & { client: Client } {
  const client = connect({
    api: '',
    clock,
    random: () => 0.5,
    session: service.session,
    transport: service.transport,
    fetch: service.fetch,
    signals: () => () => {},
    onProblem: (problem) => problems.push(problem),
  })
  clients.push(client)
  return Object.assign(client.inbox(tasks, { agentId: '7' }, options), { client })
}

const sequences = (topic: InboxTopic<string>): number[] => topic.items.map(({ sequence }) => sequence)

test('has what is unhandled, then what comes, with the token of who may', async () => {
  service.add('a')
  service.handle(service.add('b'))
  const tab = aTab()
  expect([tab.items, tab.unread]).toEqual([[], undefined])
  await clock.advance(20)
  expect(tab.items).toMatchObject([{ sequence: 1, value: 'a' }])
  expect(tab.client.status.state).toBe('live')
  service.add('c')
  await clock.advance(5)
  expect(sequences(tab)).toEqual([1, 4])
  expect(tab.unread).toBe(2)
  service.retract(1)
  await clock.advance(5)
  expect([sequences(tab), tab.unread]).toEqual([[4], 1])
  expect(service.requests).toEqual(['GET as Bearer agent7.'])
})

test('hands an item on again after a reconnect, and not because a message was missed', async () => {
  const calls: number[] = []
  const tab = aTab({
    onItem: async ({ sequence }) => {
      calls.push(sequence)
      throw new Error('not now')
    },
  })
  service.add('a')
  await clock.advance(20)
  service.deaf = true
  service.add('b')
  service.deaf = false
  service.add('c')
  await clock.advance(1000)
  expect([sequences(tab), calls]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
  service.cut()
  await clock.advance(5000)
  expect(calls).toEqual([1, 2, 3, 1, 2, 3])
})

test('does not hand on again what a page still lists that was asked for before it was handled', async () => {
  const calls: number[] = []
  const tab = aTab({
    onItem: async ({ sequence }) => {
      calls.push(sequence)
      await new Promise<void>((resolve) => clock.after(160, resolve))
    },
  })
  await clock.advance(20)
  service.add('a')
  service.deaf = true
  service.add('b')
  service.deaf = false
  // Missed a message: the page is asked for, carried out, and is long on its way back.
  service.answersTakeMs.push(500)
  service.add('c')
  await clock.advance(400)
  expect(service.unhandled).toEqual([2, 3])
  await clock.advance(2000)
  expect(calls).toEqual([1, 2, 3])
  expect([sequences(tab), tab.unread]).toEqual([[], 0])
})

test('records an item as handled when its handler resolves, and it goes on every tab', async () => {
  const resolves: (() => void)[] = []
  const calls: number[] = []
  const tab = aTab({
    onItem: async ({ sequence }) => {
      calls.push(sequence)
      await new Promise<void>((resolve) => resolves.push(resolve))
    },
  })
  const other = aTab()
  service.add('a')
  service.add('b')
  await clock.advance(20)
  // Both handlers run: a person may take the second first.
  expect(calls).toEqual([1, 2])
  expect(sequences(other)).toEqual([1, 2])
  resolves[1]?.()
  await clock.advance(20)
  expect(service.unhandled).toEqual([1])
  expect([sequences(tab), sequences(other)]).toEqual([[1], [1]])
  expect(service.requests.at(-1)).toBe('POST {"epoch":"epoch-1","handled":[2]}')
})

test('hands nothing on twice while its handler runs, and once more after a reconnect what its handler refused', async () => {
  const calls: string[] = []
  let refuse = true
  const running = new Promise<void>(() => {})
  aTab({
    onItem: async ({ value }) => {
      calls.push(value)
      if (value === 'slow') await running
      if (refuse) throw new Error('not now')
    },
  })
  service.add('slow')
  service.add('refused')
  await clock.advance(20)
  expect(calls).toEqual(['slow', 'refused'])
  expect(problems).toMatchObject([{ code: 'listener-failed', detail: 'not now' }])
  service.add('refused too')
  await clock.advance(20)
  expect(calls).toEqual(['slow', 'refused', 'refused too'])
  refuse = false
  service.cut()
  await clock.advance(2000)
  expect(calls).toEqual(['slow', 'refused', 'refused too', 'refused', 'refused too'])
  expect(service.unhandled).toEqual([1])
})

test('records with one request what is handled together, and tries again until it is recorded', async () => {
  for (let count = 0; count < 150; count++) service.add(`${count}`)
  const tab = aTab()
  await clock.advance(20)
  service.failures.push(503, 503)
  const all = Promise.all(tab.items.map((item) => item.handled()))
  await clock.advance(100)
  expect(problems).toMatchObject([{ code: 'write-failed' }])
  expect(service.unhandled).toHaveLength(150)
  await clock.advance(5000)
  await all
  expect([service.unhandled, sequences(tab), tab.unread]).toEqual([[], [], 0])
  const posts = service.requests.filter((request) => request.startsWith('POST'))
  expect(posts.map((post) => (JSON.parse(post.slice(5)) as { handled: number[] }).handled.length)).toEqual([
    100, 100, 100, 50,
  ])
})

test('records what is handled while another is being recorded', async () => {
  service.add('a')
  service.add('b')
  const tab = aTab()
  await clock.advance(20)
  const [a, b] = tab.items
  void a?.handled()
  await clock.advance(5)
  void b?.handled()
  await clock.advance(50)
  expect(service.unhandled).toEqual([])
})

test('is iterated: each unhandled item once', async () => {
  service.add('a')
  service.add('b')
  const tab = aTab()
  const seen: string[] = []
  const done = (async () => {
    for await (const item of tab) {
      seen.push(item.value)
      await item.handled()
    }
  })()
  await clock.advance(200)
  expect([seen, service.unhandled]).toEqual([['a', 'b'], []])
  tab.close()
  await done
})

test('an item that is handled elsewhere counts as handled here', async () => {
  service.add('a')
  const tab = aTab()
  await clock.advance(20)
  const [item] = tab.items
  service.handle(1)
  await clock.advance(20)
  await item?.handled()
  expect(service.requests.filter((request) => request.startsWith('POST'))).toEqual([])
})

test('begun anew, it says so to who waits, and has what is new', async () => {
  service.add('a')
  const tab = aTab()
  await clock.advance(20)
  service.reset('epoch-2')
  const handled = (tab.items[0] as InboxItem<string>).handled().then(
    () => 'recorded',
    (error: unknown) => error,
  )
  service.deaf = true
  service.add('b')
  await clock.advance(2000)
  expect(await handled).toMatchObject({ code: 'LOG_RESET' })
  expect(tab.items).toMatchObject([{ value: 'b' }])
})

test('closed, it rejects what is not recorded yet', async () => {
  service.add('a')
  const tab = aTab()
  await clock.advance(20)
  service.failures.push(503)
  const handled = tab.items[0]?.handled()
  const seen = handled?.catch((error: unknown) => error)
  await clock.advance(15)
  tab.close()
  expect(await seen).toMatchObject({ code: 'CLOSED' })
})

test('is what is recorded in the end, whatever is missed, cut or refused', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('add', 'elsewhere', 'here', 'retract', 'cut', 'deaf', 'fail') }),
    fc.record({ do: fc.constant('pass'), ms: fc.integer({ min: 0, max: 3000 }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      clock = manualClock()
      service = new InboxService(clock, tasks, 'agents/7/tasks')
      const running = new Set<number>()
      const twice: number[] = []
      const tab = aTab({
        onItem: async ({ sequence }) => {
          if (running.has(sequence)) twice.push(sequence)
          running.add(sequence)
          await new Promise<void>((resolve) => {
            clock.after(700, resolve)
          })
          running.delete(sequence)
          if (sequence % 3 === 0) throw new Error('refused')
        },
      })
      for (const each of steps) {
        const [first] = service.unhandled
        if (each.do === 'add') service.add('x')
        else if (each.do === 'elsewhere' && first) service.handle(first)
        else if (each.do === 'retract' && first) service.retract(first)
        else if (each.do === 'here') void tab.items[0]?.handled()
        else if (each.do === 'cut') service.cut()
        else if (each.do === 'deaf') service.deaf = !service.deaf
        else if (each.do === 'fail') service.failures.push(503)
        else if ('ms' in each) await clock.advance(each.ms)
      }
      service.deaf = false
      await clock.advance(60_000)
      // As broadcast repeats the head of a topic that falls quiet.
      service.publish()
      await clock.advance(60_000)
      expect(twice).toEqual([])
      expect(sequences(tab)).toEqual(service.unhandled)
      expect(tab.unread).toBe(service.unhandled.length)
      expect(service.unhandled.filter((sequence) => sequence % 3 !== 0)).toEqual([])
      tab.client.close()
    }),
    { numRuns: 300 },
  )
})
