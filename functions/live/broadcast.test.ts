import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { anyone, feed, type FeedEntry, readFeedMessage, state } from '../../topics/contract/index.ts'
import { createPacer, plannedShare } from '../../topics/contract/pace.ts'
import { topicWriter } from '../platform/live-table.ts'
import { MemoryBroker, MemoryLiveTable } from '../testing/memory-live.ts'
import { RecordingLog } from '../testing/recording-log.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { broadcast } from './broadcast.ts'
import { broadcastTopic } from './broadcast-topic.ts'
import { type QuietReminder, watchersKeptMs } from './publishing.ts'
import { overdueAfterMs, repairAll, resendQuiet } from './repair.ts'

const total = state({ topic: 'c/{id}/total', payload: v.number(), subscribe: anyone })
const gifts = feed({
  topic: 'c/{id}/gifts',
  entry: v.string(),
  subscribe: anyone,
  maxBytes: 1024,
  paceSeconds: 2,
})
const crowd = state({
  topic: 'crowd/{id}',
  payload: v.number(),
  subscribe: anyone,
  pace: 'auto',
  load: { audience: 500, rate: 1 },
})
const contracts = [total, gifts, crowd]
const epoch = '01JEPOCH000000000000000000'

function aStage(seed = 1) {
  const time = new VirtualTime()
  const random = seededRandom(seed)
  const table = new MemoryLiveTable()
  const broker = new MemoryBroker(time, random)
  const log = new RecordingLog()
  const reminders: QuietReminder[] = []
  const ports = {
    contracts,
    table,
    broker,
    time,
    log,
    isPassing: () => true,
    random,
    expire: () => Promise.resolve(0),
    lastSentAt: new Map<string, number>(),
    // A thousand a second, all of it for `crowd`.
    pacer: createPacer([crowd], 1000 / plannedShare),
    remind: (reminder: QuietReminder) => {
      reminders.push(reminder)
      return Promise.resolve()
    },
  }
  const setTotal = (value: number) => {
    const write = topicWriter({ at: 'now', newEpoch: () => epoch })
    table.write(write.set(total, { id: '1' }, value, table.heads.get('c/1/total')))
  }
  const give = (entries: FeedEntry<string>[]) => {
    const write = topicWriter({ at: 'now', newEpoch: () => epoch })
    table.write(write.append(gifts, { id: '1' }, entries, table.heads.get('c/1/gifts')))
  }
  const setCrowd = (value: number) => {
    const write = topicWriter({ at: 'now', newEpoch: () => epoch })
    table.write(write.set(crowd, { id: '1' }, value, table.heads.get('crowd/1')))
  }
  const soon = (ms = 50_000) => time.now() + ms
  const runTopic = (topic: string) => time.run(broadcastTopic(topic, ports, soon()))
  return { time, random, table, broker, log, reminders, ports, setTotal, setCrowd, give, soon, runTopic }
}

const readGifts = (payload: string) => {
  const read = readFeedMessage(gifts, JSON.parse(payload))
  if ('problem' in read) throw new Error(read.problem)
  return read.message
}

describe('broadcast', () => {
  it('sends the first change at once, retained, and asks for it once more', async () => {
    const { time, table, broker, reminders, setTotal, runTopic } = aStage()
    setTotal(5)
    const start = time.now()
    expect(await runTopic('c/1/total')).toBe('done')
    expect(time.now()).toBe(start)
    expect(broker.kept.get('c/1/total')).toMatchObject({ epoch, sequence: 1 })
    expect(reminders).toEqual([{ topic: 'c/1/total', epoch, sequence: 1, at: start }])
    expect(table.publishedOf.get('c/1/total')).toEqual({ epoch, sequence: 1, at: start })
  })

  it('waits for the pace, and then sends the head as it is by then', async () => {
    const { time, broker, setTotal, ports, soon, runTopic } = aStage()
    setTotal(1)
    await runTopic('c/1/total')
    setTotal(2)
    const work = broadcastTopic('c/1/total', ports, soon())
    setTotal(3)
    await time.run(work)
    expect(broker.sent.map(({ sequence }) => sequence)).toEqual([1, 3])
    expect((broker.sent[1]?.at ?? 0) - (broker.sent[0]?.at ?? 0)).toBe(1000)
  })

  it('stretches an auto pace with the watchers counted, and says so in the message', async () => {
    const { time, table, broker, setCrowd, runTopic } = aStage()
    const watch = (count: number, at = time.now()) => table.watchersOf.set('crowd/1', { count, at })
    const paceAfter = async (value: number) => {
      setCrowd(value)
      await runTopic('crowd/1')
      const [before, last] = broker.sent.slice(-2)
      const { pace } = JSON.parse(last?.payload ?? '') as { pace?: number }
      return { pace, waited: (last?.at ?? 0) - (before?.at ?? 0) }
    }
    setCrowd(1)
    await runTopic('crowd/1')
    expect(await paceAfter(2)).toEqual({ pace: 1000, waited: 1000 })
    watch(5000)
    expect(await paceAfter(3)).toEqual({ pace: 5000, waited: 5000 })
    watch(100)
    expect(await paceAfter(4)).toEqual({ pace: 1000, waited: 1000 })
    // A count that nobody keeps up counts no more.
    watch(50_000, time.now() - watchersKeptMs)
    expect(await paceAfter(5)).toEqual({ pace: 1000, waited: 1000 })
  })

  it('leaves to repair what is paced longer than an invocation can wait', async () => {
    const { time, table, broker, setCrowd, ports, soon, runTopic } = aStage()
    table.watchersOf.set('crowd/1', { count: 60_000, at: time.now() })
    setCrowd(1)
    await runTopic('crowd/1')
    setCrowd(2)
    expect(await time.run(broadcastTopic('crowd/1', ports, soon()))).toBe('done')
    expect(broker.sent).toHaveLength(1)
    await time.run(time.sleep(60_000 + overdueAfterMs))
    table.watchersOf.set('crowd/1', { count: 60_000, at: time.now() })
    const readAll = async function* () {
      yield [['crowd/1', await table.read('crowd/1')] as const]
    }
    expect(await time.run(repairAll(readAll, ports, soon()))).toEqual({ behind: 1, left: 0, expired: 0 })
    expect(broker.sent.at(-1)).toMatchObject({ sequence: 2 })
  })

  it('sends nothing for a record that was published already', async () => {
    const { broker, setTotal, runTopic } = aStage()
    setTotal(1)
    await runTopic('c/1/total')
    await runTopic('c/1/total')
    expect(broker.sent).toHaveLength(1)
  })

  it('gives back the first record of each topic that has no time left', async () => {
    const { time, setTotal, give, ports, soon, runTopic } = aStage()
    setTotal(1)
    await runTopic('c/1/total')
    setTotal(2)
    give([{ value: 'a' }])
    const changes = ['c/1/total', 'c/1/gifts', 'c/1/total'].map((topic, index) => ({
      topic,
      recordId: `r${index}`,
    }))
    expect(await time.run(broadcast(changes, ports, soon(500)))).toEqual(['r0'])
  })

  it('fails a topic without a contract alone', async () => {
    const { time, table, broker, log, setTotal, ports, soon } = aStage()
    setTotal(1)
    table.heads.set('old/1', { topic: 'old/1', epoch, sequence: 1, at: 'now', floor: 0 })
    const changes = ['old/1', 'c/1/total'].map((topic) => ({ topic, recordId: topic }))
    expect(await time.run(broadcast(changes, ports, soon()))).toEqual(['old/1'])
    expect(broker.sent).toHaveLength(1)
    expect(log.lines).toHaveLength(1)
  })

  it('waits out an outage of the table, and gives the record back only when its time is over', async () => {
    const { time, table, broker, setTotal, ports, soon } = aStage()
    setTotal(1)
    const until = time.now() + 20_000
    const read = table.read.bind(table)
    const away = {
      ...ports,
      table: Object.assign(Object.create(table) as typeof table, {
        read: (topic: string) =>
          time.now() < until ? Promise.reject(new Error('ECONNREFUSED')) : read(topic),
      }),
    }
    const changes = [{ topic: 'c/1/total', recordId: 'r0' }]
    expect(await time.run(broadcast(changes, away, soon(5_000)))).toEqual(['r0'])
    expect(broker.sent).toHaveLength(0)
    expect(await time.run(broadcast(changes, away, soon()))).toEqual([])
    expect(broker.sent).toHaveLength(1)
  })

  it('gives a record back at once for a mistake that does not pass', async () => {
    const { time, table, ports, soon } = aStage()
    table.heads.set('old/1', { topic: 'old/1', epoch, sequence: 1, at: 'now', floor: 0 })
    const start = time.now()
    const changes = [{ topic: 'old/1', recordId: 'r0' }]
    expect(await time.run(broadcast(changes, { ...ports, isPassing: () => false }, soon()))).toEqual(['r0'])
    expect(time.now()).toBe(start)
  })

  it('sends what came since, and says what maxBytes left out', async () => {
    const { broker, give, runTopic } = aStage()
    give([{ value: 'a' }, { value: 'b' }])
    await runTopic('c/1/gifts')
    give(Array.from({ length: 100 }, (_, index) => ({ value: `gift ${index}` })))
    await runTopic('c/1/gifts')
    const [first, second] = broker.sent.map(({ payload }) => readGifts(payload))
    expect(first).toMatchObject({ first: 1, previous: 0, sequence: 2 })
    expect(second).toMatchObject({ previous: 2, sequence: 102 })
    expect(second?.first).toBeGreaterThan(3)
    expect(Buffer.byteLength(broker.sent[1]?.payload ?? '')).toBeLessThanOrEqual(gifts.maxBytes)
  })

  it('sends a quiet head once more, never within the pace, and not again for a doubled reminder', async () => {
    const { time, broker, reminders, give, ports, soon, runTopic } = aStage()
    give([{ value: 'a' }, { value: 'b' }])
    await runTopic('c/1/gifts')
    const [reminder] = reminders
    if (!reminder) throw new Error('no reminder')
    expect(await time.run(resendQuiet(reminder, ports, soon()))).toBe('done')
    expect(await time.run(resendQuiet(reminder, ports, soon()))).toBe('done')
    expect(broker.sent).toHaveLength(2)
    expect((broker.sent[1]?.at ?? 0) - (broker.sent[0]?.at ?? 0)).toBe(2000)
    expect(readGifts(broker.sent[1]?.payload ?? '')).toMatchObject({ first: 1, previous: 0, sequence: 2 })
  })

  it('forgets a reminder whose topic moved on', async () => {
    const { time, broker, reminders, setTotal, ports, soon, runTopic } = aStage()
    setTotal(1)
    await runTopic('c/1/total')
    setTotal(2)
    const [reminder] = reminders
    if (!reminder) throw new Error('no reminder')
    await time.run(resendQuiet(reminder, ports, soon()))
    expect(broker.sent).toHaveLength(1)
  })

  it('repairs what is behind for long, and leaves to broadcast what is not', async () => {
    const { time, table, broker, setTotal, give, ports, soon, runTopic } = aStage()
    const readAll = async function* readAll() {
      yield await Promise.all(
        [...table.heads.keys()].map(async (topic) => [topic, await table.read(topic)] as const),
      )
    }
    setTotal(1)
    await runTopic('c/1/total')
    setTotal(2)
    give([{ value: 'never published' }])
    expect(await time.run(repairAll(readAll, ports, soon()))).toEqual({ behind: 1, left: 0, expired: 0 })
    expect(broker.kept.get('c/1/gifts')?.sequence).toBe(1)
    await time.run(time.sleep(overdueAfterMs + 1000))
    expect(await time.run(repairAll(readAll, ports, soon()))).toEqual({ behind: 1, left: 0, expired: 0 })
    expect(broker.kept.get('c/1/total')?.sequence).toBe(2)
  })

  it('ends with the head retained, within the pace and to the entry, whatever is refused, forgotten or repeated', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer({ min: 1, max: 2 ** 31 }),
          writes: fc.integer({ min: 1, max: 25 }),
          refuse: fc.constantFrom(0, 0.3),
          forget: fc.constantFrom(0, 0.5),
          unsure: fc.constantFrom(0, 0.3),
          delayMs: fc.constantFrom(0, 400),
        }),
        async ({ seed, writes, ...faults }) => {
          const { time, random, table, broker, ports, setTotal, give, soon } = aStage(seed)
          Object.assign(broker.faults, faults)
          const records: { topic: string; recordId: string }[] = []
          let written = 0
          const writer = async () => {
            for (let index = 1; index <= writes; index++) {
              await time.sleep(random() * (random() < 0.3 ? 4000 : 300))
              setTotal(index)
              const entries = Array.from({ length: Math.floor(random() * 30) + 1 }, () => ({
                value: `g${++written}`,
              }))
              give(entries)
              records.push(
                { topic: 'c/1/total', recordId: `${index}t` },
                { topic: 'c/1/gifts', recordId: `${index}g` },
              )
            }
          }
          // The stream: in order, in batches of any size, a batch again when it failed, and sometimes when it did not.
          const stream = async (writing: Promise<void>) => {
            const state = { over: false }
            const watching = writing.finally(() => {
              state.over = true
            })
            for (let at = 0; at < records.length || !state.over;) {
              const batch = records.slice(at, at + 1 + Math.floor(random() * 8))
              if (batch.length === 0) {
                await time.sleep(20)
                continue
              }
              const failed = await broadcast(batch, ports, soon(5_000))
              const first = batch.findIndex(({ recordId }) => failed.includes(recordId))
              if (random() > 0.2) at += first < 0 ? batch.length : first
            }
            await watching
          }
          await time.run(stream(writer()))
          for (const topic of ['c/1/total', 'c/1/gifts']) {
            const head = table.heads.get(topic)
            const sent = broker.sent.filter((message) => message.topic === topic)
            expect(broker.kept.get(topic)).toMatchObject({ epoch, sequence: head?.sequence })
            expect(table.publishedOf.get(topic)?.sequence).toBe(head?.sequence)
            const paceMs = topic === 'c/1/total' ? 1000 : 2000
            for (const [index, { at, sequence }] of sent.entries()) {
              const before = sent[index - 1]
              if (!before) continue
              expect(at - before.at).toBeGreaterThanOrEqual(paceMs)
              expect(sequence).toBeGreaterThanOrEqual(before.sequence)
            }
          }
          // A client that hears every message has every entry, or was told of the gap.
          let heard = 0
          for (const { topic, payload } of broker.sent) {
            if (topic !== 'c/1/gifts') continue
            expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(gifts.maxBytes)
            const { first, previous, sequence, entries } = readGifts(payload)
            expect(previous).toBeLessThanOrEqual(heard)
            expect(entries).toEqual(entries.map((_, index) => ({ value: `g${first + index}` })))
            heard = Math.max(heard, sequence)
          }
          expect(heard).toBe(written)
        },
      ),
      { numRuns: 100 },
    )
  }, 20_000)

  it('does no harm twice at once: the head is retained in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), async (seed) => {
        const { time, random, broker, table, ports, setTotal, soon } = aStage(seed)
        broker.faults.forget = 0.3
        const another = { ...ports, lastSentAt: new Map<string, number>() }
        const busy = async () => {
          for (let index = 1; index <= 10; index++) {
            setTotal(index)
            await time.sleep(random() * 800)
            await Promise.all([ports, another].map((one) => broadcastTopic('c/1/total', one, soon())))
          }
        }
        await time.run(busy())
        expect(broker.kept.get('c/1/total')?.sequence).toBe(table.heads.get('c/1/total')?.sequence)
      }),
      { numRuns: 50 },
    )
  })
})
