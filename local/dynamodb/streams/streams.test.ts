import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { seededChance } from '../../chance.ts'
import { type Faults, noFaults } from '../../faults.ts'
import { createDynamoDb, type LocalDynamoDb, type StreamReader, type StreamRecord } from '../index.ts'
import { ask, aTable, handClock, type HandClock } from '../testing.ts'

let clock: HandClock
let faults: Faults
let db: LocalDynamoDb
const stream = { StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } }

beforeEach(() => {
  clock = handClock()
  faults = noFaults()
  db = createDynamoDb({ clock, faults, chance: seededChance(3) })
})
afterEach(() => db.close())

const put = (TableName: string, item: Record<string, string>) =>
  ask(db.service, 'PutItem', { TableName, Item: attributes(item) })
const attributes = (item: Record<string, string>) =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { S: value }]))
const transact = (TableName: string, items: readonly Record<string, string>[]) =>
  ask(db.service, 'TransactWriteItems', {
    TransactItems: items.map((item) => ({ Put: { TableName, Item: attributes(item) } })),
  })
const all = (reader: StreamReader): StreamRecord[] =>
  reader.shards.flatMap((shard) => reader.read(shard, undefined, Number.POSITIVE_INFINITY))
const told = (records: readonly StreamRecord[]) =>
  records.map(({ keys }) => `${keys['pk']?.S}/${keys['sk']?.S}`)

describe('a stream', () => {
  test('tells of inserts, changes and removals, in the shape that Lambda gets', async () => {
    const { streamArn } = db.createTable(aTable('live', stream))
    await put('live', { pk: 'p', sk: 's', a: '1' })
    await put('live', { pk: 'p', sk: 's', a: '2' })
    await ask(db.service, 'DeleteItem', { TableName: 'live', Key: attributes({ pk: 'p', sk: 's' }) })
    const records = all(db.stream('live'))
    expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE'])
    const [insert, modify, remove] = records.map(({ record }) => record)
    expect(modify).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-west-1',
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(clock.now() / 1000),
        Keys: attributes({ pk: 'p', sk: 's' }),
        NewImage: attributes({ pk: 'p', sk: 's', a: '2' }),
        OldImage: attributes({ pk: 'p', sk: 's', a: '1' }),
        SequenceNumber: records[1]?.sequenceNumber,
        SizeBytes: 6 + 8 + 8,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: streamArn,
    })
    expect(insert?.dynamodb.OldImage).toBeUndefined()
    expect(remove?.dynamodb.NewImage).toBeUndefined()
    expect(JSON.parse(records[0]?.json ?? '')).toEqual(insert)
  })

  test('has the images that its view type names', async () => {
    for (const [viewType, images] of [
      ['KEYS_ONLY', []],
      ['NEW_IMAGE', ['NewImage']],
      ['OLD_IMAGE', ['OldImage']],
    ] as const) {
      db.createTable(aTable(viewType, { StreamSpecification: { StreamViewType: viewType } }))
      await put(viewType, { pk: 'p', sk: 's', a: '1' })
      await put(viewType, { pk: 'p', sk: 's', a: '2' })
      const change = all(db.stream(viewType))[1]?.record.dynamodb ?? {}
      expect(Object.keys(change).filter((name) => name.endsWith('Image'))).toEqual(images)
    }
  })

  test('does not tell of writes that change nothing, nor of refused ones', async () => {
    db.createTable(aTable('live', stream))
    await put('live', { pk: 'p', sk: 's', a: '1', b: '2' })
    await put('live', { b: '2', a: '1', sk: 's', pk: 'p' })
    await ask(db.service, 'DeleteItem', { TableName: 'live', Key: attributes({ pk: 'p', sk: 'none' }) })
    const Update = {
      TableName: 'live',
      Key: attributes({ pk: 'p', sk: 's' }),
      UpdateExpression: 'SET a = b, b = a',
    }
    await expect(
      ask(db.service, 'TransactWriteItems', {
        TransactItems: [
          { Update },
          {
            ConditionCheck: {
              TableName: 'live',
              Key: attributes({ pk: 'q', sk: 's' }),
              ConditionExpression: 'attribute_exists(pk)',
            },
          },
        ],
      }),
    ).rejects.toThrow('ConditionalCheckFailed')
    expect(all(db.stream('live'))).toHaveLength(1)
  })

  test('is read in parts that meet end to end, within one transaction too', async () => {
    db.createTable(aTable('live', stream))
    const items = Array.from({ length: 10 }, (_, at) => ({ pk: 'p', sk: String(at) }))
    await transact('live', items)
    await put('live', { pk: 'p', sk: 'last' })
    const reader = db.stream('live')
    const [shard = ''] = reader.shards
    const seen: string[] = []
    let after: string | undefined
    while (seen.length < 20) {
      const records = reader.read(shard, after, 3)
      if (records.length === 0) break
      expect(records.length).toBeLessThanOrEqual(3)
      seen.push(...told(records))
      after = records.at(-1)?.sequenceNumber
    }
    expect(seen).toEqual([...items.map(({ sk }) => `p/${sk}`), 'p/last'])
  })

  test('keeps its readers apart, and only what one of them has yet to read', async () => {
    db.createTable(aTable('live', stream))
    const reader = db.stream('live')
    const [shard = ''] = reader.shards
    expect(reader.checkpoint('quick', shard)).toBeUndefined()
    expect(reader.checkpoint('slow', shard)).toBeUndefined()
    const follow = async (name: string, writes: number): Promise<void> => {
      for (let at = 0; at < writes; at += 1) {
        await put('live', { pk: 'p', sk: `${name}${at}` })
        const [record] = reader.read(shard, reader.checkpoint(name, shard), 1)
        if (record) reader.saveCheckpoint(name, shard, record.sequenceNumber)
      }
    }
    await follow('quick', 40)
    expect(all(reader)).toHaveLength(40)
    await follow('slow', 40)
    // The slow one has read 40 of 80, so at most the 40 behind it, less the last checkpoints, are gone.
    const left = told(all(reader))
    expect(left.length).toBeLessThan(80)
    expect(left.slice(-40)).toEqual(Array.from({ length: 40 }, (_, at) => `p/slow${at}`))
  })

  test('forgets after 24 hours, and goes on numbering', async () => {
    db.createTable(aTable('live', stream))
    const reader = db.stream('live')
    const [shard = ''] = reader.shards
    await put('live', { pk: 'p', sk: 'old' })
    const [old] = all(reader)
    clock.advance(25 * 3600 * 1000)
    for (let at = 0; at < 20; at += 1) reader.saveCheckpoint('reader', shard, old?.sequenceNumber ?? '')
    expect(all(reader)).toEqual([])
    await put('live', { pk: 'p', sk: 'new' })
    expect(told(reader.read(shard, old?.sequenceNumber, 10))).toEqual(['p/new'])
  })

  test('calls its listeners after a write, once for many, and no longer than wanted', async () => {
    db.createTable(aTable('live', stream))
    db.createTable(aTable('quiet', stream))
    let calls = 0
    const stop = db.stream('live').onRecords(() => (calls += 1))
    await put('quiet', { pk: 'p', sk: 's' })
    expect(calls).toBe(0)
    await put('live', { pk: 'p', sk: 's' })
    await transact('live', [
      { pk: 'p', sk: '1' },
      { pk: 'p', sk: '2' },
    ])
    expect(calls).toBe(2)
    stop()
    await put('live', { pk: 'p', sk: '3' })
    expect(calls).toBe(2)
  })

  test('keeps a partition key on one shard', async () => {
    faults.streams.shards = 4
    db.createTable(aTable('live', stream))
    for (let at = 0; at < 60; at += 1) await put('live', { pk: `p${at % 20}`, sk: `${at}` })
    const reader = db.stream('live')
    expect(reader.shards).toHaveLength(4)
    const shardsOf = new Map<string, Set<string>>()
    for (const shard of reader.shards) {
      for (const { keys } of reader.read(shard, undefined, 100)) {
        const pk = keys['pk']?.S ?? ''
        shardsOf.set(pk, (shardsOf.get(pk) ?? new Set()).add(shard))
      }
    }
    expect(shardsOf.size).toBe(20)
    expect([...shardsOf.values()].every(({ size }) => size === 1)).toBe(true)
    expect(all(reader)).toHaveLength(60)
  })

  test('scatters a transaction among other writes, and keeps the order of each item', async () => {
    faults.streams.scatter = true
    db.createTable(aTable('live', stream))
    const reader = db.stream('live')
    const [shard = ''] = reader.shards
    const seen: StreamRecord[] = []
    const drain = () => {
      const records = reader.read(shard, seen.at(-1)?.sequenceNumber, 5)
      seen.push(...records)
      return records.length
    }
    for (let round = 0; round < 40; round += 1) {
      await transact('live', [
        { pk: 'p', sk: 'head', at: `${round}` },
        { pk: 'p', sk: `a${round}` },
        { pk: 'p', sk: `b${round}` },
      ])
      drain()
    }
    clock.advance(1000)
    while (drain() > 0);
    const order = told(seen)
    expect(order.toSorted()).toEqual(
      Array.from({ length: 40 }, (_, at) => ['p/head', `p/a${at}`, `p/b${at}`])
        .flat()
        .toSorted(),
    )
    const heads = seen.filter(({ keys }) => keys['sk']?.S === 'head')
    expect(heads.map(({ record }) => Number(record.dynamodb.NewImage?.['at']?.S))).toEqual(
      Array.from({ length: 40 }, (_, at) => at),
    )
    const apart = order.filter(
      (name, at) => name.startsWith('p/a') && order[at + 1] !== name.replace('a', 'b'),
    )
    expect(apart.length).toBeGreaterThan(10)
  })
})
