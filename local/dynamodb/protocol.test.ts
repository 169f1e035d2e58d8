import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { seededChance } from '../chance.ts'
import { type Faults, noFaults } from '../faults.ts'
import { createDynamoDb, type LocalDynamoDb } from './index.ts'
import { ask, aTable, contents, send } from './testing.ts'

let faults: Faults
let db: LocalDynamoDb
beforeEach(() => {
  faults = noFaults()
  db = createDynamoDb({ faults, chance: seededChance(5) })
  db.createTable(aTable('live'))
})
afterEach(() => db.close())

const key = { pk: { S: 'p' }, sk: { S: 's' } }

describe('the protocol', () => {
  test.each([
    ['Nonsense', {}, 'UnknownOperationException', /does not know the operation/],
    ['GetItem', { TableName: 5 }, 'SerializationException', /TableName is a number/],
    ['GetItem', { TableName: 'live', Key: [] }, 'SerializationException', /Key is a list/],
    [
      'PutItem',
      { TableName: 'live', Item: { ...key, a: { S: 5 } } },
      'SerializationException',
      /Unexpected a number/,
    ],
    ['PutItem', { TableName: 'live', Item: { ...key, a: { B: '%' } } }, 'SerializationException', /Base64/],
    ['PutItem', { TableName: 'live', Item: { ...key, a: {} } }, 'ValidationException', /is empty/],
    [
      'PutItem',
      { TableName: 'live', Item: { ...key, a: { S: 'a', N: '1' } } },
      'ValidationException',
      /more than one/,
    ],
    [
      'PutItem',
      { TableName: 'live', Item: key, Expected: {} },
      'ValidationException',
      /legacy parameter Expected/,
    ],
    ['Query', { TableName: 'live' }, 'ValidationException', /KeyConditionExpression/],
    ['GetItem', { TableName: 'x', Key: key }, 'ValidationException', /between 3 and 255/],
    [
      'CreateTable',
      aTable('indexed', { GlobalSecondaryIndexes: [{}] }),
      'ValidationException',
      /no secondary indexes/,
    ],
  ])('%s %j is refused with %s', async (operation, request, code, message) => {
    const { status, body } = await send(db.service, operation, request)
    expect([status, body.__type?.split('#')[1]]).toEqual([400, code])
    expect(body.message).toMatch(message)
  })

  test('a body that is no JSON is refused', async () => {
    const headers = { 'x-amz-target': 'DynamoDB_20120810.GetItem' }
    const response = await db.service({
      method: 'POST',
      path: '/',
      query: {},
      headers,
      body: Buffer.from('{'),
    })
    expect(Buffer.from(response.body).toString()).toContain('SerializationException')
  })

  test('names that JavaScript knows are names like any other', async () => {
    const text = `{"TableName":"live","Item":{"pk":{"S":"p"},"sk":{"S":"s"},"__proto__":{"M":{"__proto__":{"N":"1.0"}}},"constructor":{"S":"x"}}}`
    const headers = { 'x-amz-target': 'DynamoDB_20120810.PutItem' }
    await db.service({ method: 'POST', path: '/', query: {}, headers, body: Buffer.from(text) })
    const { Attributes } = await ask(db.service, 'UpdateItem', {
      TableName: 'live',
      Key: key,
      UpdateExpression: 'SET #p.#p = #p.#p + :one, #t = :one REMOVE #c',
      ConditionExpression: 'attribute_not_exists(#v) AND attribute_exists(#p.#p)',
      ExpressionAttributeNames: { '#p': '__proto__', '#c': 'constructor', '#t': 'toString', '#v': 'valueOf' },
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues: 'ALL_NEW',
    })
    expect(JSON.stringify(Attributes)).toBe(
      '{"pk":{"S":"p"},"sk":{"S":"s"},"__proto__":{"M":{"__proto__":{"N":"2"}}},"toString":{"N":"1"}}',
    )
  })

  test('tells capacity to those who ask', async () => {
    const TransactItems = [{ Put: { TableName: 'live', Item: { ...key, fill: { S: 'x'.repeat(3000) } } } }]
    const capacity = { ReturnConsumedCapacity: 'TOTAL' }
    const written = await ask(db.service, 'TransactWriteItems', { TransactItems, ...capacity })
    expect(written['ConsumedCapacity']).toEqual([{ TableName: 'live', CapacityUnits: 6 }])
    const read = await ask(db.service, 'GetItem', { TableName: 'live', Key: key, ...capacity })
    expect(read['ConsumedCapacity']).toEqual({ TableName: 'live', CapacityUnits: 0.5 })
  })
})

describe('faults', () => {
  test('conflicts cancel some transactions, name the item, and write nothing', async () => {
    faults.tables.conflict = 0.5
    let conflicts = 0
    for (let at = 0; at < 40; at += 1) {
      const put = (sk: string) => ({ Put: { TableName: 'live', Item: { pk: { S: 'p' }, sk: { S: sk } } } })
      const { status, body } = await send(db.service, 'TransactWriteItems', {
        TransactItems: [put(`${at}a`), put(`${at}b`)],
      })
      if (status === 200) continue
      conflicts += 1
      const codes = (body['CancellationReasons'] as { Code: string }[]).map(({ Code }) => Code)
      expect(codes.toSorted()).toEqual(['None', 'TransactionConflict'])
    }
    expect(conflicts).toBeGreaterThan(5)
    faults.tables.conflict = 0
    expect(await contents(db, 'live')).toHaveLength(2 * (40 - conflicts))
  })

  test('throttling refuses requests on items, not on tables', async () => {
    faults.tables.throttle = 1
    const refused = await send(db.service, 'GetItem', { TableName: 'live', Key: key })
    expect(refused.body.__type).toContain('ProvisionedThroughputExceededException')
    expect((await send(db.service, 'DescribeTable', { TableName: 'live' })).status).toBe(200)
  })
})
