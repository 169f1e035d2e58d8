import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { createDynamoDb, type LocalDynamoDb } from './index.ts'
import { ask, aTable, contents, handClock } from './testing.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fanfare-dynamodb-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const withStream = aTable('live', { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } })

describe('a file', () => {
  test('has everything that was answered, and its records, after SIGKILL', async () => {
    const file = join(folder, 'tables.db')
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'durability.fixture.ts'), file],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let said = ''
    for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
      said += text
      if (said.includes('\n300\n')) child.kill('SIGKILL')
    }
    if (child.signalCode === null) await once(child, 'exit')
    expect(child.signalCode).toBe('SIGKILL')
    const answered = said.split('\n').filter((line) => line !== '').length
    expect(answered).toBeGreaterThan(300)

    const db = createDynamoDb({ file })
    db.createTable(withStream)
    const kept = new Set((await contents(db, 'live')).map(({ sk }) => sk?.S ?? ''))
    const reader = db.stream('live')
    const [shard = ''] = reader.shards
    const streamed = new Set(reader.read(shard, undefined, 100_000).map(({ keys }) => keys['sk']?.S ?? ''))
    for (let number = 0; number < answered; number += 1) {
      expect(kept.has(`a${number}`) && kept.has(`b${number}`)).toBe(true)
    }
    // Whatever was in flight is there as a whole or not at all, with its records.
    expect([...kept].filter((sk) => sk.startsWith('a')).length * 2).toBe(kept.size)
    expect(streamed).toEqual(kept)
    db.close()
  })

  test('keeps tables, checkpoints, request tokens and sequence numbers when it is opened again', async () => {
    const file = join(folder, 'tables.db')
    const write = (db: ReturnType<typeof createDynamoDb>, token: string) =>
      ask(db.service, 'TransactWriteItems', {
        ClientRequestToken: token,
        TransactItems: [
          {
            Update: {
              TableName: 'live',
              Key: { pk: { S: 'p' }, sk: { S: 's' } },
              UpdateExpression: 'ADD n :one',
              ExpressionAttributeValues: { ':one': { N: '1' } },
            },
          },
        ],
      })
    const first = createDynamoDb({ file })
    const { streamArn } = first.createTable(withStream)
    await write(first, 'one')
    const before = first.stream('live')
    const [shard = ''] = before.shards
    const [record] = before.read(shard, undefined, 1)
    before.saveCheckpoint('reader', shard, record?.sequenceNumber ?? '')
    first.close()

    const second = createDynamoDb({ file })
    expect(second.createTable(withStream).streamArn).toBe(streamArn)
    const reader = second.stream('live')
    expect(reader.checkpoint('reader', shard)).toBe(record?.sequenceNumber)
    await write(second, 'one')
    expect(reader.read(shard, record?.sequenceNumber, 10)).toEqual([])
    await write(second, 'two')
    expect(reader.read(shard, record?.sequenceNumber, 10)).toHaveLength(1)
    expect((await contents(second, 'live'))[0]?.['n']).toEqual({ N: '2' })
    expect(() => second.createTable({ ...aTable('live', { sorted: false }) })).toThrow(
      'Keys cannot be changed',
    )
    second.close()
  })

  test('numbers its records on when all of them were forgotten', async () => {
    const file = join(folder, 'tables.db')
    const clock = handClock()
    const put = (db: LocalDynamoDb) =>
      ask(db.service, 'PutItem', {
        TableName: 'live',
        Item: { pk: { S: 'p' }, sk: { S: String(clock.now()) } },
      })
    const first = createDynamoDb({ file, clock })
    first.createTable(withStream)
    await put(first)
    const [shard = ''] = first.stream('live').shards
    const [old] = first.stream('live').read(shard, undefined, 1)
    first.close()
    clock.advance(25 * 3600 * 1000)
    createDynamoDb({ file, clock }).close()
    const second = createDynamoDb({ file, clock })
    expect(second.stream('live').read(shard, undefined, 1)).toEqual([])
    await put(second)
    expect(second.stream('live').read(shard, old?.sequenceNumber, 1)).toHaveLength(1)
    second.close()
  })

  test('belongs to one process: a second one is refused at once', () => {
    const file = join(folder, 'taken.db')
    const first = createDynamoDb({ file })
    expect(() => createDynamoDb({ file })).toThrow(/free its lock/)
    first.close()
    createDynamoDb({ file }).close()
  })

  test('says what to do when it cannot be opened', () => {
    expect(() => createDynamoDb({ file: join(folder, 'missing', 'tables.db') })).toThrow(/Make its folder/)
  })
})
