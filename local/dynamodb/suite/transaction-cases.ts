/** Transactions and batches. */
import assert from 'node:assert/strict'

import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type CancellationReason,
  GetItemCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'

import { invalid, type Item, N, refused, S, type SuiteCase, type SuiteContext } from './context.ts'

const write = (context: SuiteContext, TransactItems: TransactWriteItem[], more: object = {}) =>
  context.client.send(new TransactWriteItemsCommand({ TransactItems, ...more }))

const put = (context: SuiteContext, item: Item, more: object = {}): TransactWriteItem => ({
  Put: { TableName: context.tables.plain, Item: item, ...more },
})

const read = async (context: SuiteContext, pk: string): Promise<Item | undefined> => {
  const { Item: item } = await context.client.send(
    new GetItemCommand({ TableName: context.tables.plain, Key: { pk: S(pk) }, ConsistentRead: true }),
  )
  return item
}

async function reasonsOf(
  context: SuiteContext,
  request: Promise<unknown>,
  codes: string,
): Promise<CancellationReason[]> {
  const error = await refused<Error & { CancellationReasons?: CancellationReason[] }>(
    context,
    request,
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
  )
  return error.CancellationReasons ?? []
}

export const transactionCases: readonly SuiteCase[] = [
  {
    name: 'a transaction writes two tables at once',
    async run(context) {
      const pk = context.key()
      await write(context, [put(context, { pk: S(`${pk}-gone`) }), put(context, { pk: S(pk), a: N(1) })])
      await write(context, [
        {
          Update: {
            TableName: context.tables.plain,
            Key: { pk: S(pk) },
            UpdateExpression: 'ADD a :v',
            ConditionExpression: 'a = :v',
            ExpressionAttributeValues: { ':v': N(1) },
          },
        },
        { Delete: { TableName: context.tables.plain, Key: { pk: S(`${pk}-gone`) } } },
        { Put: { TableName: context.tables.sorted, Item: { pk: S(pk), sk: S('x') } } },
        {
          ConditionCheck: {
            TableName: context.tables.plain,
            Key: { pk: S(`${pk}-absent`) },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
      ])
      assert.deepEqual(await read(context, pk), { pk: S(pk), a: N(2) })
      assert.equal(await read(context, `${pk}-gone`), undefined)
      const { Responses } = await context.client.send(
        new TransactGetItemsCommand({
          TransactItems: [
            { Get: { TableName: context.tables.sorted, Key: { pk: S(pk), sk: S('x') } } },
            { Get: { TableName: context.tables.plain, Key: { pk: S(`${pk}-gone`) } } },
            { Get: { TableName: context.tables.plain, Key: { pk: S(pk) }, ProjectionExpression: 'a' } },
          ],
        }),
      )
      assert.deepEqual(Responses, [{ Item: { pk: S(pk), sk: S('x') } }, {}, { Item: { a: N(2) } }])
    },
  },
  {
    name: 'a refused condition cancels all, with reasons in order',
    async run(context) {
      const [old, fresh] = [context.key(), context.key()]
      await write(context, [put(context, { pk: S(old), a: N(1) })])
      const absent = { ConditionExpression: 'attribute_not_exists(pk)' }
      const reasons = await reasonsOf(
        context,
        write(context, [
          put(context, { pk: S(fresh) }),
          put(context, { pk: S(old) }, { ...absent, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
        ]),
        'None, ConditionalCheckFailed',
      )
      assert.equal(reasons[0]?.Code, 'None')
      assert.deepEqual(reasons[1], {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        Item: { pk: S(old), a: N(1) },
      })
      assert.equal(await read(context, fresh), undefined)
      const again = await reasonsOf(
        context,
        write(context, [put(context, { pk: S(old) }, absent)]),
        'ConditionalCheckFailed',
      )
      assert.equal(again[0]?.Item, undefined)
    },
  },
  {
    name: 'an update that does not fit its item cancels the transaction',
    async run(context) {
      const [old, fresh] = [context.key(), context.key()]
      await write(context, [put(context, { pk: S(old), a: S('text') })])
      const Update = {
        TableName: context.tables.plain,
        Key: { pk: S(old) },
        UpdateExpression: 'SET a = a + :v',
        ExpressionAttributeValues: { ':v': N(1) },
      }
      const reasons = await reasonsOf(
        context,
        write(context, [{ Update }, put(context, { pk: S(fresh) })]),
        'ValidationError, None',
      )
      assert.equal(reasons[0]?.Message, 'An operand in the update expression has an incorrect data type')
      assert.equal(await read(context, fresh), undefined)
    },
  },
  {
    name: 'a transaction names an item once and has 1 to 100 items of at most 4 MB',
    async run(context) {
      const pk = context.key()
      await invalid(
        context,
        write(context, [put(context, { pk: S(pk) }), put(context, { pk: S(pk), a: N(1) })]),
        'Transaction request cannot include multiple operations on one item',
      )
      await invalid(
        context,
        write(context, []),
        "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
      )
      const many = Array.from({ length: 101 }, (_, at) => put(context, { pk: S(`${pk}-${at}`) }))
      await invalid(
        context,
        write(context, many),
        "1 validation error detected: Value '[101 items]' at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100",
      )
      assert.equal(await read(context, `${pk}-0`), undefined)
      await write(context, many.slice(1))
      assert.deepEqual(await read(context, `${pk}-100`), { pk: S(`${pk}-100`) })
      const large = Array.from({ length: 11 }, (_, at) =>
        put(context, { pk: S(`${pk}-large-${at}`), fill: S('x'.repeat(400_000)) }),
      )
      const bytes = large.reduce(
        (sum, { Put }) => sum + 2 + (Put?.Item?.['pk']?.S?.length ?? 0) + 4 + 400_000,
        0,
      )
      await invalid(
        context,
        write(context, large),
        `Transaction payload size cannot exceed 4MB. Payload Size: ${bytes}`,
      )
    },
  },
  {
    name: 'a request token makes a transaction idempotent',
    async run(context) {
      const pk = context.key()
      const add = (value: number): TransactWriteItem => ({
        Update: {
          TableName: context.tables.plain,
          Key: { pk: S(pk) },
          UpdateExpression: 'ADD a :v',
          ExpressionAttributeValues: { ':v': N(value) },
        },
      })
      const ClientRequestToken = pk.slice(-36)
      await write(context, [add(1)], { ClientRequestToken })
      await write(context, [add(1)], { ClientRequestToken })
      assert.deepEqual(await read(context, pk), { pk: S(pk), a: N(1) })
      await refused(
        context,
        write(context, [add(2)], { ClientRequestToken }),
        'IdempotentParameterMismatchException',
        'The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical',
      )
    },
  },
  {
    name: 'what is wrong with the request itself cancels nothing: it is refused',
    async run(context) {
      const pk = context.key()
      const broken = { ConditionExpression: 'broken broken' }
      await invalid(
        context,
        write(context, [put(context, { pk: S(pk) }, broken)]),
        'Invalid ConditionExpression: Syntax error; token: "broken", near: "broken broken"',
      )
      await invalid(
        context,
        write(context, [
          {
            Put: { TableName: context.tables.plain, Item: { pk: S(pk) } },
            Delete: { TableName: context.tables.plain, Key: { pk: S(pk) } },
          },
        ]),
        'TransactItems can only contain one of Check, Put, Update or Delete',
      )
      await refused(
        context,
        write(context, [{ Put: { TableName: 'no-such-table', Item: { pk: S(pk) } } }]),
        'ResourceNotFoundException',
        'Requested resource not found',
      )
    },
  },
  {
    name: 'batches read and write many items',
    async run(context) {
      const pks = Array.from({ length: 25 }, () => context.key())
      const { UnprocessedItems } = await context.client.send(
        new BatchWriteItemCommand({
          RequestItems: {
            [context.tables.plain]: pks.map((pk) => ({ PutRequest: { Item: { pk: S(pk), a: N(1) } } })),
          },
        }),
      )
      assert.deepEqual(UnprocessedItems, {})
      await context.client.send(
        new BatchWriteItemCommand({
          RequestItems: { [context.tables.plain]: [{ DeleteRequest: { Key: { pk: S(pks[0] ?? '') } } }] },
        }),
      )
      const answer = await context.client.send(
        new BatchGetItemCommand({
          RequestItems: {
            [context.tables.plain]: {
              Keys: pks.map((pk) => ({ pk: S(pk) })),
              ConsistentRead: true,
              ProjectionExpression: 'pk',
            },
          },
        }),
      )
      const found = (answer.Responses?.[context.tables.plain] ?? []).map(({ pk }) => pk?.S ?? '')
      assert.deepEqual(found.toSorted(), pks.slice(1).toSorted())
      assert.deepEqual(answer.UnprocessedKeys, {})
    },
  },
  {
    name: 'batches refuse duplicates, emptiness and excess',
    async run(context) {
      const TableName = context.tables.plain
      const key = { pk: S(context.key()) }
      const gets = (Keys: Item[]) =>
        context.client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }))
      const puts = (items: Item[]) =>
        context.client.send(
          new BatchWriteItemCommand({
            RequestItems: { [TableName]: items.map((item) => ({ PutRequest: { Item: item } })) },
          }),
        )
      await invalid(context, gets([key, key]), 'Provided list of item keys contains duplicates')
      await invalid(context, puts([key, key]), 'Provided list of item keys contains duplicates')
      const many = Array.from({ length: 101 }, () => ({ pk: S(context.key()) }))
      await invalid(context, gets(many), 'Too many items requested for the BatchGetItem call')
      await invalid(context, puts(many.slice(0, 26)), 'Too many items requested for the BatchWriteItem call')
    },
  },
]
