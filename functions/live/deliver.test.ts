import type { AttributeValue, DynamoDBRecord } from 'aws-lambda'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  claim,
  inbox,
  type InboxEntry,
  readInboxMessage,
  writeSequence,
} from '../../topics/contract/index.ts'
import { createPacer } from '../../topics/contract/pace.ts'
import type { Head } from '../platform/live-table.ts'
import { KilledError } from '../testing/memory-ledger.ts'
import { MemoryBroker, MemoryLiveTable } from '../testing/memory-live.ts'
import { RecordingLog } from '../testing/recording-log.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { deliverTopic } from './deliver-topic.ts'
import { headChanges, publishChanges } from './head-changes.ts'
import type { QuietReminder } from './publishing.ts'
import { overdueAfterMs, repairAll, resendQuiet } from './repair.ts'

const tasks = inbox({ topic: 'agents/{id}/tasks', item: v.string(), subscribe: claim('id'), maxBytes: 1024 })
const topic = 'agents/7/tasks'
const epoch = '01JEPOCH000000000000000000'

function aStage(seed = 1) {
  const time = new VirtualTime()
  const random = seededRandom(seed)
  const table = new MemoryLiveTable()
  const broker = new MemoryBroker(time, random)
  const log = new RecordingLog()
  const reminders: QuietReminder[] = []
  const ports = {
    contracts: [tasks],
    table,
    broker,
    time,
    random,
    log,
    isPassing: (error: unknown) => !(error instanceof KilledError),
    lastSentAt: new Map<string, number>(),
    pacer: createPacer([tasks], 1000),
    expire: () => Promise.resolve(0),
    remind: (reminder: QuietReminder) => {
      reminders.push(reminder)
      return Promise.resolve()
    },
  }
  /** What a writer's transaction leaves: the head with its count, and the log. */
  const write = (...entries: InboxEntry<string>[]): Head => {
    const before = table.heads.get(topic)
    const sequence = (before?.sequence ?? 0) + entries.length
    const unread = entries.reduce((count, entry) => count + ('value' in entry ? 1 : -1), before?.unread ?? 0)
    const head = { topic, epoch, sequence, at: 'now', floor: 0, unread }
    const segment = { epoch, first: 1, last: sequence, entries: JSON.stringify(entries), at: 'now' }
    table.write({ head, before, segment })
    return head
  }
  const soon = () => time.now() + 20_000
  const deliver = () => time.run(deliverTopic(topic, ports, soon()))
  const heard = () => broker.sent.map(({ payload }) => read(payload))
  return { time, random, table, broker, log, reminders, ports, write, soon, deliver, heard }
}

const read = (payload: string) => {
  const message = readInboxMessage(tasks, JSON.parse(payload))
  if ('problem' in message) throw new Error(message.problem)
  return message.message
}

const long = (letter: string): InboxEntry<string> => ({ value: letter.repeat(300) })

describe('deliver', () => {
  it('sends what is new at once, with QoS 1 and not retained, and asks for the head once more', async () => {
    const { time, table, broker, reminders, write, deliver, heard } = aStage()
    const options: unknown[] = []
    const publish = broker.publish.bind(broker)
    broker.publish = (name, payload, given) => {
      options.push(given)
      return publish(name, payload, given)
    }
    const start = time.now()
    write({ value: 'a' }, { value: 'b' })
    await deliver()
    write({ handles: writeSequence(1) })
    await deliver()
    expect(heard()).toMatchObject([
      { first: 1, sequence: 2, unread: 2, entries: [{ value: 'a' }, { value: 'b' }] },
      { first: 3, sequence: 3, unread: 1, entries: [{ handles: writeSequence(1) }] },
    ])
    expect(options).toEqual([
      { qos: 1, retain: false },
      { qos: 1, retain: false },
    ])
    expect(broker.kept.size).toBe(0)
    expect(time.now()).toBe(start)
    expect(reminders.at(-1)).toEqual({ topic, epoch, sequence: 3, at: start })
    expect(table.publishedOf.get(topic)).toEqual({ epoch, sequence: 3, at: start })
    await deliver()
    expect(broker.sent).toHaveLength(2)
  })

  it('sends several messages in order when one cannot hold it, each with the count of then', async () => {
    const { write, deliver, heard, broker } = aStage()
    write(long('a'), long('b'), { handles: writeSequence(1) }, long('c'), long('d'))
    await deliver()
    const messages = heard()
    expect(messages.map(({ first, sequence }) => [first, sequence])).toEqual([
      [1, 3],
      [4, 5],
    ])
    expect(messages.map(({ unread }) => unread)).toEqual([1, 3])
    for (const { payload } of broker.sent)
      expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(tasks.maxBytes)
  })

  it('sends the newest of very much, and says what it left out: who is online asks for the inbox', async () => {
    const { write, deliver, heard } = aStage()
    write(...Array.from({ length: 40 }, () => long('x')))
    await deliver()
    expect(heard()).toMatchObject([{ first: 39, previous: 0, sequence: 40, unread: 40 }])
  })

  it('goes on though the log no longer has what was not sent', async () => {
    const { table, write, deliver, heard } = aStage()
    write({ value: 'a' }, { value: 'b' }, { value: 'c' })
    const entries = table.entries.bind(table)
    table.entries = async function* withHole(head, after) {
      for await (const entry of entries(head, after)) if (entry[0] !== 2) yield entry
    }
    await deliver()
    expect(heard()).toMatchObject([{ first: 3, previous: 0, sequence: 3 }])
  })

  it('sends the head of a quiet inbox once more without its entries, whatever its pace', async () => {
    const { time, reminders, write, deliver, heard, ports, soon } = aStage()
    write({ value: 'a' })
    await deliver()
    await time.run(time.sleep(5000))
    const [reminder] = reminders
    if (!reminder) throw new Error('no reminder')
    expect(await time.run(resendQuiet(reminder, ports, soon()))).toBe('done')
    expect(heard().at(-1)).toMatchObject({ first: 2, sequence: 1, unread: 1, entries: [] })
  })

  it('is repaired each minute, and what is over is taken out a few at a time', async () => {
    const { time, table, write, heard, ports, soon } = aStage()
    const head = write({ value: 'a' })
    table.heads.set(topic, { ...head, dueAt: time.now() + 1000 })
    const left = [10, 10, 3]
    const asked: string[] = []
    const expire = (_: unknown, name: string) => {
      asked.push(name)
      return Promise.resolve(left.shift() ?? 0)
    }
    const readAll = async function* () {
      yield [[topic, await table.read(topic)] as const]
    }
    const repair = () => time.run(repairAll(readAll, { ...ports, expire }, soon()))
    expect(await repair()).toEqual({ behind: 1, left: 0, expired: 0 })
    expect(heard()).toHaveLength(1)
    await time.run(time.sleep(overdueAfterMs))
    expect(await repair()).toEqual({ behind: 0, left: 0, expired: 23 })
    expect(asked).toEqual([topic, topic, topic])
  })

  it('takes heads of inboxes from the stream, and leaves the others to broadcast', () => {
    const record = (sk: string, image: Record<string, AttributeValue>): DynamoDBRecord => ({
      dynamodb: { Keys: { pk: { S: 't' }, sk: { S: sk } }, NewImage: image, SequenceNumber: sk },
    })
    const Records = [record('head', { unread: { N: '0' } }), record('head', {}), record('segment#1', {})]
    expect(headChanges({ Records }, 'inboxes')).toEqual([{ topic: 't', recordId: 'head' }])
    expect(headChanges({ Records }, 'others')).toEqual([{ topic: 't', recordId: 'head' }])
  })
})

it('tells everything in the end, in any order of refusals, lost answers, deaths and doubled records', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 }), {
        minLength: 1,
        maxLength: 12,
      }),
      async (seed, batches) => {
        const { time, random, broker, ports, write, soon, heard } = aStage(seed)
        Object.assign(broker.faults, { refuse: 0.2, unsure: 0.2, delayMs: 20 })
        // Dies at a request, before or after it took effect.
        const dying = <Args extends readonly unknown[], Answer>(
          carryOut: (...args: Args) => Promise<Answer>,
        ) => {
          return async (...args: Args): Promise<Answer> => {
            const dies = random() < 0.1 ? random() : 1
            if (dies < 0.5) throw new KilledError()
            const answer = await carryOut(...args)
            if (dies < 1) throw new KilledError()
            return answer
          }
        }
        const { table } = ports
        const mortal = {
          ...ports,
          table: {
            entries: table.entries.bind(table),
            read: dying((name: string) => table.read(name)),
            markPublished: dying(table.markPublished.bind(table)),
          },
          remind: dying(ports.remind),
        }
        const deliver = async (): Promise<void> => {
          const run = () => deliverTopic(topic, mortal, soon())
          for (let failed: readonly string[] = ['1']; failed.length > 0;) {
            failed = await publishChanges([{ topic, recordId: '1' }], run, mortal, soon())
          }
        }
        const told: InboxEntry<string>[] = []
        let head: Head | undefined
        for (const sizes of batches) {
          const entries = sizes.map((size, index) => ({
            value: `${told.length + index} ${'x'.repeat(size)}`,
          }))
          told.push(...entries)
          head = write(...entries)
          const runs = random() < 0.3 ? [deliver(), deliver()] : [deliver()]
          await time.run(Promise.all(runs))
        }
        // A client that has everything up to a place takes what follows, and knows what it has: nothing is missing.
        const has: InboxEntry<string>[] = []
        for (const { first, sequence, entries, unread } of heard()) {
          if (sequence <= has.length) continue
          expect(first).toBeLessThanOrEqual(has.length + 1)
          has.push(...entries.slice(has.length + 1 - first))
          expect(unread).toBe(has.length)
        }
        expect(has).toEqual(told)
        expect(table.publishedOf.get(topic)).toMatchObject({ epoch, sequence: head?.sequence })
      },
    ),
    { numRuns: 150 },
  )
})
