import fc from 'fast-check'
import { expect, test } from 'vitest'

import { seededChance } from '../chance.ts'
import { noFaults } from '../faults.ts'
import { createDynamoDb } from './index.ts'
import { type Answer, ask, aTable, contents, send } from './testing.ts'
import type { Item } from './values/attribute-value.ts'

const accounts = ['a', 'b', 'c', 'd']
const total = 100

/** Moves an amount between accounts, if the first has it; several moves are one transaction. */
const move = fc.record({
  from: fc.constantFrom(...accounts),
  to: fc.constantFrom(...accounts),
  amount: fc.integer({ min: 1, max: 60 }),
})

test('a transaction happens as a whole or not at all, and the stream tells exactly what happened', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 40 }), fc.integer(), async (moves, seed) => {
      const faults = noFaults()
      faults.tables.conflict = 0.2
      faults.streams.scatter = seed % 2 === 0
      const db = createDynamoDb({ chance: seededChance(seed), faults })
      const TableName = 'accounts'
      db.createTable(
        aTable(TableName, { sorted: false, StreamSpecification: { StreamViewType: 'NEW_IMAGE' } }),
      )
      const held: Record<string, number> = { a: total, b: 0, c: 0, d: 0 }
      for (const pk of accounts) {
        const item = { pk: { S: pk }, amount: { N: String(held[pk]) } }
        await ask(db.service, 'PutItem', { TableName, Item: item })
      }
      for (const { from, to, amount } of moves) {
        const add = (pk: string, by: number, condition: object) => ({
          Update: {
            TableName,
            Key: { pk: { S: pk } },
            UpdateExpression: 'ADD amount :by',
            ExpressionAttributeValues: { ':by': { N: String(by) } },
            ...condition,
          },
        })
        const enough = {
          ConditionExpression: 'amount >= :least',
          ExpressionAttributeValues: { ':by': { N: String(-amount) }, ':least': { N: String(amount) } },
        }
        const { status, body } = await send(db.service, 'TransactWriteItems', {
          TransactItems: [add(to, amount, {}), add(from, -amount, enough)],
        })
        const short = (held[from] ?? 0) < amount
        const seen = status === 200 ? 'done' : (codesOf(body) ?? body.message)
        const possible =
          from === to
            ? ['Transaction request cannot include multiple operations on one item']
            : [
                'TransactionConflict, None',
                'None, TransactionConflict',
                short ? 'None, ConditionalCheckFailed' : 'done',
              ]
        expect(possible).toContain(seen)
        if (status !== 200) continue
        held[from] = (held[from] ?? 0) - amount
        held[to] = (held[to] ?? 0) + amount
      }
      const found = amountsOf(await contents(db, TableName))
      expect(found).toEqual(held)
      faults.streams.scatter = false
      await ask(db.service, 'PutItem', { TableName, Item: { pk: { S: 'end' } } })
      const reader = db.stream(TableName)
      const images = reader.shards
        .flatMap((shard) => reader.read(shard, undefined, 1000))
        .map(({ record }) => record.dynamodb.NewImage ?? {})
      // The last image of each item is the item: replaying the stream gives the table.
      expect(amountsOf(images.filter(({ pk }) => pk?.S !== 'end'))).toEqual(held)
      db.close()
    }),
    { numRuns: 60 },
  )
})

function codesOf(body: Answer['body']): string | undefined {
  const reasons = body['CancellationReasons'] as { Code: string }[] | undefined
  return reasons?.map(({ Code }) => Code).join(', ')
}

function amountsOf(items: readonly Item[]): Record<string, number> {
  return Object.fromEntries(items.map(({ pk, amount }) => [pk?.S ?? '', Number(amount?.N)]))
}
