/** An inbox's write side on the local DynamoDB against what its own log says, with writers that die at every request. */
import fc from 'fast-check'
import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb'
import { expect, it } from 'vitest'
import * as v from 'valibot'
import { createDynamoDb } from '../../local/dynamodb/index.ts'
import { clientOf } from '../../local/dynamodb/suite/in-process.ts'
import { noFaults } from '../../local/faults.ts'
import { claim, inbox, type InboxEntry, readSequence } from '../../topics/contract/index.ts'
import { dynamoDbInbox } from '../platform/dynamodb-inbox.ts'
import { readHeads, readSegments } from '../platform/dynamodb-live-table.ts'
import { createInbox, type InboxStore } from '../platform/inbox.ts'
import { KilledError } from '../testing/memory-ledger.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { readInbox } from './inbox.ts'

const keepSeconds = 60
const tasks = inbox({
  topic: 'agents/{agentId}/tasks',
  item: v.string(),
  subscribe: claim('agentId'),
  keepSeconds,
})
const topic = 'agents/7/tasks'
const seven = { agentId: '7' }

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), count: fc.nat({ max: 14 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('handle' as const), of: fc.array(fc.nat({ max: 60 })) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('retract' as const), of: fc.array(fc.nat({ max: 60 })) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat({ max: 50 }) }) },
)
const writers = fc.array(fc.array(step, { maxLength: 10 }), { minLength: 1, maxLength: 3 })

/** A store whose user dies at some requests, before or after they took effect; the next request is another's. */
function deadly(store: InboxStore<TransactWriteItem>, random: () => number): InboxStore<TransactWriteItem> {
  const request = async <Answer>(carryOut: () => Promise<Answer>): Promise<Answer> => {
    const dies = random() < 0.15 ? random() : 1
    if (dies < 0.5) throw new KilledError()
    for (let turns = Math.floor(random() * 3); turns > 0; turns--) await Promise.resolve()
    const answer = await carryOut()
    if (dies < 1) throw new KilledError()
    return answer
  }
  return {
    read: (...args) => request(() => store.read(...args)),
    write: (...args) => request(() => store.write(...args)),
  }
}

interface Named {
  readonly handle: Set<number>
  readonly retract: Set<number>
}

/** What the log adds up to, and where it takes out what is not there, not named, or not over. */
async function replay(client: DynamoDBClient, named: Named) {
  const head = (await readHeads(client, 'live', [topic])).get(topic)
  if (!head) throw new Error('the inbox has no head')
  const held = new Map<number, { value: string; at: number }>()
  const added: string[] = []
  const problems: string[] = []
  let sequence = 0
  const range = { topic, epoch: head.epoch, after: 0, through: head.sequence, pageSize: 7 } as const
  for await (const segment of readSegments(client, 'live', { ...range, order: 'oldest first' })) {
    if (segment.first !== sequence + 1) problems.push(`after ${sequence} comes ${segment.first}`)
    for (const entry of JSON.parse(segment.entries) as InboxEntry<string>[]) {
      sequence += 1
      const at = Date.parse(segment.at)
      if ('value' in entry) {
        held.set(sequence, { value: entry.value, at })
        added.push(entry.value)
        continue
      }
      const gone = readSequence('handles' in entry ? entry.handles : entry.retracts) ?? 0
      const item = held.get(gone)
      if (!item) problems.push(`${sequence} takes out ${gone}, which is not there`)
      const over = item !== undefined && at - item.at >= keepSeconds * 1000
      const wanted = 'handles' in entry ? named.handle.has(gone) : over || named.retract.has(gone)
      if (!wanted) problems.push(`${sequence} takes out ${gone}, which nobody named`)
      held.delete(gone)
    }
  }
  if (sequence !== head.sequence)
    problems.push(`the log ends at ${sequence} and the head is ${head.sequence}`)
  return { head, held, added, problems }
}

it('holds what was added once and is neither handled, taken back nor over, and counts it, whoever dies when', async () => {
  await fc.assert(
    fc.asyncProperty(writers, fc.nat(), async (scripts, seed) => {
      const faults = noFaults()
      faults.tables.conflict = 0.1
      const db = createDynamoDb({ faults })
      db.createTable({
        TableName: 'live',
        AttributeDefinitions: ['pk', 'sk'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      })
      try {
        const client = clientOf(db.service)
        const time = new VirtualTime()
        const random = seededRandom(seed)
        const store = dynamoDbInbox(client, 'live')
        const made = createInbox({ store: deadly(store, random), time, random })
        const surely = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
          for (;;) {
            try {
              return await work()
            } catch (error) {
              if (!(error instanceof KilledError)) throw error
            }
          }
        }
        await surely(() => made.add(tasks, seven, []))
        const said: string[] = []
        const gone = new Set<number>()
        const named: Named = { handle: new Set(), retract: new Set() }
        const run = async (script: (typeof scripts)[number], writer: number): Promise<void> => {
          for (const [index, each] of script.entries()) {
            if (each.do === 'wait') await time.sleep(each.seconds * 1000)
            else if (each.do === 'expire') await surely(() => made.expire(tasks, topic))
            else if (each.do === 'add') {
              const id = `${writer}-${index}`
              const items = Array.from({ length: each.count }, (_, at) => `${id}-${at}`)
              const pk = { S: `said#${id}` }
              const once: TransactWriteItem = {
                Put: {
                  TableName: 'live',
                  Item: { pk, sk: pk },
                  ConditionExpression: 'attribute_not_exists(pk)',
                },
              }
              await surely(() => made.add(tasks, seven, items, { beside: () => [once] }))
              said.push(...items)
            } else {
              const head = (await readHeads(client, 'live', [topic])).get(topic)
              const names = { epoch: head?.epoch ?? '', sequences: each.of }
              for (const sequence of each.of) named[each.do].add(sequence)
              await surely(() => made[each.do](tasks, seven, names))
              // What was there when it was named is gone now.
              for (const sequence of each.of) if (sequence <= (head?.sequence ?? 0)) gone.add(sequence)
            }
          }
        }
        await time.run(Promise.all(scripts.map(run)))

        const { head, held, added, problems } = await replay(client, named)
        expect(problems).toEqual([])
        expect(added.toSorted()).toEqual(said.toSorted())
        expect([...held.keys()].filter((sequence) => gone.has(sequence))).toEqual([])
        // The records, the count and what is due are those of the log.
        const records = []
        for await (const record of store.unhandled(head, 'oldest first', 3)) records.push(record)
        expect(records.map((record) => [record.sequence, JSON.parse(record.value)])).toEqual(
          [...held].map(([at, { value }]) => [at, value]),
        )
        expect(head.unread).toBe(held.size)
        for (const { dueAt } of records) expect(head.dueAt).toBeLessThanOrEqual(dueAt)
        // A page shows nothing that is over, counted out or not; and in the end all of it is.
        const fresh = [...held].filter(([, { at }]) => at + keepSeconds * 1000 > time.now())
        const table = { ...store, head: async () => head }
        const page = await readInbox(topic, 'token', {
          contracts: [tasks],
          table,
          time,
          verify: async () => ({ principal: 'u7', signedIn: true, roles: [], values: seven }),
        })
        expect(page.items.map((item) => item.value)).toEqual(fresh.map(([, { value }]) => value))
        expect(page.unread).toBe(fresh.length)
        await time.run(time.sleep(keepSeconds * 1000))
        const writer = createInbox({ store, time, random })
        for (let over = 1; over > 0;) over = await time.run(writer.expire(tasks, topic))
        const last = await store.read(topic, time.now())
        expect([last?.head.unread, last?.head.dueAt]).toEqual([0, undefined])
      } finally {
        db.close()
      }
    }),
    { numRuns: 100 },
  )
})
