import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDynamoDb, type LocalDynamoDb } from '../../local/dynamodb/index.ts'
import { clientOf } from '../../local/dynamodb/suite/in-process.ts'
import { noFaults } from '../../local/faults.ts'
import { claim, inbox } from '../../topics/contract/index.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { dynamoDbInbox } from './dynamodb-inbox.ts'
import { createInbox } from './inbox.ts'

const tasks = inbox({
  topic: 'agents/{agentId}/tasks',
  item: v.string(),
  subscribe: claim('agentId'),
  keepSeconds: 60,
})
const topic = 'agents/7/tasks'
const seven = { agentId: '7' }

let db: LocalDynamoDb
const faults = noFaults()
beforeEach(() => {
  db = createDynamoDb({ faults })
  const key = (name: string, keyType: string) => ({ AttributeName: name, KeyType: keyType })
  db.createTable({
    TableName: 'live',
    AttributeDefinitions: ['pk', 'sk'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
  })
})
afterEach(() => db.close())

function anInbox() {
  const time = new VirtualTime()
  const store = dynamoDbInbox(clientOf(db.service), 'live')
  const made = createInbox({ store, time, random: () => 0 })
  const read = () => store.read(topic, time.now())
  const unhandled = async () => {
    const before = await read()
    const values: string[] = []
    if (before) {
      for await (const { value } of store.unhandled(before.head, 'oldest first', 2))
        values.push(JSON.parse(value) as string)
    }
    return values
  }
  return { time, store, inbox: made, read, unhandled }
}

describe('an inbox', () => {
  it('holds what is added until it is handled or retracted', async () => {
    const { inbox: made, unhandled, read } = anInbox()
    const first = await made.add(tasks, seven, ['a', 'b', 'c'])
    expect(first).toMatchObject({ outcome: 'written', sequences: [1, 2, 3] })
    const names = (sequences: number[]) => ({ epoch: first.epoch ?? '', sequences })
    expect((await made.handle(tasks, seven, names([2, 9]))).sequences).toEqual([2])
    expect((await made.handle(tasks, seven, names([2]))).sequences).toEqual([])
    expect((await made.retract(tasks, seven, names([2, 3]))).sequences).toEqual([3])
    expect(await unhandled()).toEqual(['a'])
    expect((await read())?.head).toMatchObject({ sequence: 5, unread: 1 })
    expect((await made.handle(tasks, seven, { epoch: 'another', sequences: [1] })).sequences).toEqual([])
  })

  it('takes out what is over at the next write', async () => {
    const { inbox: made, time, unhandled, read } = anInbox()
    await made.add(tasks, seven, ['a', 'b'])
    await time.run(time.sleep(30_000))
    await made.add(tasks, seven, ['c'])
    await time.run(time.sleep(30_000))
    expect((await made.add(tasks, seven, ['d'])).sequences).toEqual([6])
    expect(await unhandled()).toEqual(['c', 'd'])
    expect((await read())?.head).toMatchObject({ sequence: 6, unread: 2 })
    await time.run(time.sleep(60_000))
    expect(await made.expire(tasks, topic)).toBe(2)
    expect((await read())?.head).toMatchObject({ sequence: 8, unread: 0 })
    expect((await read())?.head.dueAt).toBeUndefined()
  })
})
