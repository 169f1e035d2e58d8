/** Query and Scan: order, ranges, pages, filters, refusals. */
import assert from 'node:assert/strict'

import {
  type AttributeValue,
  BatchWriteItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'

import { invalid, type Item, N, S, type SuiteCase, type SuiteContext } from './context.ts'

type Table = keyof SuiteContext['tables']
type Values = Record<string, AttributeValue>

async function fill(
  context: SuiteContext,
  table: Table,
  sortKeys: readonly AttributeValue[],
): Promise<string> {
  const pk = context.key()
  for (let at = 0; at < sortKeys.length; at += 25) {
    await context.client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [context.tables[table]]: sortKeys
            .slice(at, at + 25)
            .map((sk, index) => ({ PutRequest: { Item: { pk: S(pk), sk, place: N(at + index) } } })),
        },
      }),
    )
  }
  return pk
}

const query = (
  context: SuiteContext,
  table: Table,
  pk: string,
  condition = '',
  values: Values = {},
  more: object = {},
): Promise<QueryCommandOutput> =>
  context.client.send(
    new QueryCommand({
      TableName: context.tables[table],
      KeyConditionExpression: `pk = :p${condition}`,
      ConsistentRead: true,
      ...more,
      ExpressionAttributeValues: { ':p': S(pk), ...values },
    }),
  )

const sortKeysOf = (items: readonly Item[] | undefined): unknown[] =>
  (items ?? []).map(({ sk }) => sk?.S ?? sk?.N ?? (sk?.B && Buffer.from(sk.B).toString('hex')))

/** Conditions on sort keys '1' to '12' (numbers), and what they find. */
const ranges: readonly (readonly [string, Values, string[]])[] = [
  [' AND sk = :a', { ':a': N('3.0') }, ['3']],
  [' AND sk < :a', { ':a': N(3) }, ['1', '2']],
  [' AND sk <= :a', { ':a': N(3) }, ['1', '2', '3']],
  [' AND sk > :a', { ':a': N(9) }, ['10', '11', '12']],
  [' AND sk >= :a', { ':a': N(10) }, ['10', '11', '12']],
  [' AND :a <= sk', { ':a': N(10) }, ['10', '11', '12']],
  [' AND sk BETWEEN :a AND :b', { ':a': N(2), ':b': N(4) }, ['2', '3', '4']],
  [' AND sk > :a', { ':a': N(12) }, []],
]

const refusals: readonly (readonly [string, Values, object, string])[] = [
  ['pk > :p', {}, {}, 'Query key condition not supported'],
  ['sk = :p', {}, {}, 'Query condition missed key schema element: pk'],
  ['pk = :p AND extra = :v', { ':v': N(1) }, {}, 'Query condition missed key schema element: sk'],
  ['pk = :p AND sk <> :v', { ':v': N(1) }, {}, 'Invalid operator used in KeyConditionExpression: <>'],
  ['pk = :p OR sk = :v', { ':v': N(1) }, {}, 'Invalid operator used in KeyConditionExpression: OR'],
  ['NOT pk = :p', {}, {}, 'Invalid operator used in KeyConditionExpression: NOT'],
  ['pk = :p AND sk IN (:v)', { ':v': N(1) }, {}, 'Invalid operator used in KeyConditionExpression: IN'],
  [
    'pk = :p AND attribute_exists(sk)',
    {},
    {},
    'Invalid operator used in KeyConditionExpression: attribute_exists',
  ],
  [
    'pk = :p AND sk > :v AND sk < :v',
    { ':v': N(1) },
    {},
    'KeyConditionExpressions must only contain one condition per key',
  ],
  [
    'pk = :p AND begins_with(sk, :v)',
    { ':v': N(1) },
    {},
    'Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
  ],
  [
    'pk = :p AND sk = :v',
    { ':v': S('1') },
    {},
    'One or more parameter values were invalid: Condition parameter type does not match schema type',
  ],
  [
    'pk = :p AND sk BETWEEN :v AND :w',
    { ':v': N(2), ':w': N(1) },
    {},
    'Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
  ],
  [
    'pk = :p',
    {},
    { FilterExpression: 'sk = :p' },
    'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
  ],
  ['pk = :p', {}, { IndexName: 'nope' }, 'The table does not have the specified index: nope'],
  [
    'pk = :p',
    {},
    { Select: 'SPECIFIC_ATTRIBUTES' },
    'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
  ],
  [
    'pk = :p',
    {},
    { Select: 'COUNT', ProjectionExpression: 'place' },
    'Cannot specify the ProjectionExpression when choosing to get only the Count',
  ],
  [
    'pk = :p',
    {},
    { ProjectionExpression: 'place, place' },
    'Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [place], path two: [place]',
  ],
  [
    'pk = :p',
    {},
    { ExclusiveStartKey: { pk: S('other'), sk: N(1) } },
    'The provided starting key is outside query boundaries based on provided conditions',
  ],
]

export const queryCases: readonly SuiteCase[] = [
  {
    name: 'numbers sort as numbers, both ways',
    async run(context) {
      const sorted = [
        '-1e30',
        '-20.5',
        '-20',
        '-0.001',
        '0',
        '1e-100',
        '0.5',
        '2',
        '10',
        '1e2',
        '123456789012345678901234567890',
      ]
      const shuffled = sorted.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))
      const pk = await fill(context, 'numbered', shuffled.map(N))
      const forward = (await query(context, 'numbered', pk)).Items?.map(({ sk }) => Number(sk?.N))
      assert.deepEqual(forward, sorted.map(Number))
      const { Items } = await query(context, 'numbered', pk, '', {}, { ScanIndexForward: false })
      assert.deepEqual(
        Items?.map(({ sk }) => Number(sk?.N)),
        sorted.toReversed().map(Number),
      )
    },
  },
  {
    name: 'strings sort by their UTF-8 bytes',
    async run(context) {
      const sorted = ['A', 'B', 'a', 'a\u0000', 'a ', 'aa', 'z', 'ä', '\ue000', '\uffff', '𝒳', '🎁']
      const pk = await fill(context, 'sorted', sorted.toReversed().map(S))
      assert.deepEqual(sortKeysOf((await query(context, 'sorted', pk)).Items), sorted)
    },
  },
  {
    name: 'binary sorts by its bytes',
    async run(context) {
      const sorted = ['00', '0001', '01', '7f', '80', 'ff', 'ff00']
      const keys = sorted.toReversed().map((hex) => ({ B: Uint8Array.from(Buffer.from(hex, 'hex')) }))
      const pk = await fill(context, 'binary', keys)
      assert.deepEqual(sortKeysOf((await query(context, 'binary', pk)).Items), sorted)
    },
  },
  {
    name: 'key conditions take ranges',
    async run(context) {
      const pk = await fill(
        context,
        'numbered',
        Array.from({ length: 12 }, (_, at) => N(at + 1)),
      )
      for (const [condition, values, found] of ranges) {
        const { Items } = await query(context, 'numbered', pk, condition, values)
        assert.deepEqual(sortKeysOf(Items), found, condition)
      }
    },
  },
  {
    name: 'begins_with takes exactly the keys with the prefix',
    async run(context) {
      const pk = await fill(context, 'sorted', ['a', 'ab', 'ab\uffff', 'ab🎁', 'abc', 'ac', 'b'].map(S))
      const { Items } = await query(context, 'sorted', pk, ' AND begins_with(sk, :v)', { ':v': S('ab') })
      assert.deepEqual(sortKeysOf(Items), ['ab', 'abc', 'ab\uffff', 'ab🎁'])
      const bytes = ['ff', 'ff00', 'ffff', 'fe'].map((hex) => ({
        B: Uint8Array.from(Buffer.from(hex, 'hex')),
      }))
      const binary = await fill(context, 'binary', bytes)
      const found = await query(context, 'binary', binary, ' AND begins_with(sk, :v)', {
        ':v': { B: Uint8Array.of(255) },
      })
      assert.deepEqual(sortKeysOf(found.Items), ['ff', 'ff00', 'ffff'])
    },
  },
  {
    name: 'pages by Limit meet end to end, both ways',
    async run(context) {
      const pk = await fill(
        context,
        'numbered',
        Array.from({ length: 7 }, (_, at) => N(at)),
      )
      for (const ScanIndexForward of [true, false]) {
        const seen: unknown[] = []
        let start: Item | undefined
        let pages = 0
        do {
          const page = await query(
            context,
            'numbered',
            pk,
            ' AND sk >= :v',
            { ':v': N(1) },
            {
              Limit: 3,
              ScanIndexForward,
              ...(start && { ExclusiveStartKey: start }),
            },
          )
          seen.push(...sortKeysOf(page.Items))
          assert.equal(page.Count, page.Items?.length)
          start = page.LastEvaluatedKey
          pages += 1
        } while (start)
        const wanted = ['1', '2', '3', '4', '5', '6']
        assert.deepEqual(seen, ScanIndexForward ? wanted : wanted.toReversed())
        // A page that ends with the last item may still name it, and the next one is empty.
        assert.ok(pages === 2 || pages === 3, `${pages} pages`)
      }
    },
  },
  {
    name: 'a page ends with the item that passes 1 MB',
    async run(context) {
      const pk = context.key()
      for (let at = 0; at < 12; at += 1) {
        await context.client.send(
          new PutItemCommand({
            TableName: context.tables.numbered,
            Item: { pk: S(pk), sk: N(at), fill: S('x'.repeat(100_000)) },
          }),
        )
      }
      const page = await query(context, 'numbered', pk, '', {}, { ProjectionExpression: 'sk' })
      assert.equal(page.Count, 11)
      assert.deepEqual(page.LastEvaluatedKey, { pk: S(pk), sk: N(10) })
    },
  },
  {
    name: 'filters apply after reading, and count what they saw',
    async run(context) {
      const pk = await fill(
        context,
        'numbered',
        Array.from({ length: 6 }, (_, at) => N(at)),
      )
      const filter = { FilterExpression: 'place > :v', Limit: 4 }
      const page = await query(context, 'numbered', pk, '', { ':v': N(2) }, filter)
      assert.deepEqual([page.Count, page.ScannedCount, sortKeysOf(page.Items)], [1, 4, ['3']])
      const counted = await query(context, 'numbered', pk, '', {}, { Select: 'COUNT' })
      assert.deepEqual([counted.Count, counted.Items], [6, undefined])
    },
  },
  ...refusals.map(([KeyConditionExpression, values, more, message]): SuiteCase => ({
    name: `query refuses ${KeyConditionExpression} ${JSON.stringify(more)}`,
    async run(context) {
      await invalid(
        context,
        query(context, 'numbered', context.key(), '', values, { ...more, KeyConditionExpression }),
        message,
      )
    },
  })),
  {
    name: 'a scan reaches every item once, by pages and by segments',
    async run(context) {
      const pks = new Set([
        await fill(context, 'numbered', [N(1), N(2)]),
        await fill(context, 'numbered', [N(3)]),
        await fill(context, 'numbered', [N(4), N(5)]),
      ])
      const scanAll = async (more: object): Promise<string[]> => {
        const seen: string[] = []
        let start: Item | undefined
        do {
          const page = await context.client.send(
            new ScanCommand({
              TableName: context.tables.numbered,
              ConsistentRead: true,
              Limit: 2,
              ...more,
              ...(start && { ExclusiveStartKey: start }),
            }),
          )
          for (const { pk, sk } of page.Items ?? []) if (pks.has(pk?.S ?? '')) seen.push(`${sk?.N}`)
          start = page.LastEvaluatedKey
        } while (start)
        return seen
      }
      assert.deepEqual((await scanAll({})).toSorted(), ['1', '2', '3', '4', '5'])
      const parts = [0, 1, 2].map((Segment) => scanAll({ Segment, TotalSegments: 3 }))
      assert.deepEqual((await Promise.all(parts)).flat().toSorted(), ['1', '2', '3', '4', '5'])
    },
  },
]
