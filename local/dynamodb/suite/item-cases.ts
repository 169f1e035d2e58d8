/** PutItem, GetItem, DeleteItem: what comes back, and what is refused. */
import assert from 'node:assert/strict'

import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'

import {
  invalid,
  type Item,
  L,
  M,
  N,
  NS,
  refused,
  S,
  SS,
  type SuiteCase,
  type SuiteContext,
} from './context.ts'

const put = (context: SuiteContext, item: Item, more: object = {}) =>
  context.client.send(new PutItemCommand({ TableName: context.tables.plain, Item: item, ...more }))

const get = (context: SuiteContext, pk: string, more: object = {}) =>
  context.client.send(
    new GetItemCommand({
      TableName: context.tables.plain,
      Key: { pk: S(pk) },
      ConsistentRead: true,
      ...more,
    }),
  )

/** An attribute's value, and how it is given back. */
const roundTrips: readonly (readonly [string, AttributeValue, AttributeValue?])[] = [
  ['a string', S('gift – 贈り物 🎁')],
  ['an empty string', S('')],
  ['control characters', S('\u0000\u0001\t\n"\\')],
  ['a number', N('1234567890.5')],
  ['a number with an exponent', N('1.5e3'), N('1500')],
  ['a number with zeros around it', N('-0001.500'), N('-1.5')],
  ['minus zero', N('-0'), N('0')],
  ['a tiny number', N('1e-130'), N(`0.${'0'.repeat(129)}1`)],
  [
    'a huge number',
    N('9.9999999999999999999999999999999999999E+125'),
    N(`${'9'.repeat(38)}${'0'.repeat(88)}`),
  ],
  ['38 digits', N('12345678901234567890123456789012345678')],
  ['binary', { B: Uint8Array.of(0, 255, 128) }],
  ['true', { BOOL: true }],
  ['null', { NULL: true }],
  ['a list in a list', L(L(S('a'), N(1)), { NULL: true })],
  ['an empty list and map', M({ list: L(), map: M({}) })],
  ['a map with odd names', M({ 'a.b': N(1), constructor: N(3) })],
  ['a string set', SS('b', 'a', 'ä'), SS('a', 'b', 'ä')],
  ['a number set', NS(10, '9.0', -1), NS(-1, 9, 10)],
  [
    'a binary set',
    { BS: [Uint8Array.of(2), Uint8Array.of(1)] },
    { BS: [Uint8Array.of(1), Uint8Array.of(2)] },
  ],
]

/** A value that no item may have, and why. */
const refusals: readonly (readonly [string, AttributeValue, string])[] = [
  ['letters for a number', N('ten'), 'The parameter cannot be converted to a numeric value: ten'],
  ['an empty number', N(''), 'The parameter cannot be converted to a numeric value: '],
  ['39 digits', N('1'.repeat(39)), 'Attempting to store more than 38 significant digits in a Number'],
  [
    'a number too large',
    N('1e126'),
    'Number overflow. Attempting to store a number with magnitude larger than supported range',
  ],
  [
    'a number too small',
    N('1e-131'),
    'Number underflow. Attempting to store a number with magnitude smaller than supported range',
  ],
  ['an empty name', M({ '': N(1) }), 'Empty attribute name'],
  ['an empty set', SS(), 'One or more parameter values were invalid: An string set  may not be empty'],
  ['an empty number set', NS(), 'One or more parameter values were invalid: An number set  may not be empty'],
  [
    'a set with a member twice',
    SS('a', 'a'),
    'One or more parameter values were invalid: Input collection [a, a] contains duplicates',
  ],
  ['a number set with a number twice', NS('1', '1.0'), 'Input collection contains duplicates'],
]

const nested = (levels: number): AttributeValue => (levels === 0 ? S('x') : L(nested(levels - 1)))

export const itemCases: readonly SuiteCase[] = [
  ...roundTrips.map(([what, value, back = value]): SuiteCase => ({
    name: `keeps ${what}`,
    async run(context) {
      const pk = context.key()
      await put(context, { pk: S(pk), value })
      const { Item: item } = await get(context, pk)
      assert.deepEqual(item, { pk: S(pk), value: back })
    },
  })),
  ...refusals.map(([what, value, message]): SuiteCase => ({
    name: `refuses ${what}`,
    async run(context) {
      const pk = context.key()
      await invalid(context, put(context, { pk: S(pk), value }), message)
      assert.equal((await get(context, pk)).Item, undefined)
    },
  })),
  {
    name: 'a missing item is no error',
    async run(context) {
      assert.equal((await get(context, context.key())).Item, undefined)
      assert.equal(
        (
          await context.client.send(
            new DeleteItemCommand({ TableName: context.tables.plain, Key: { pk: S(context.key()) } }),
          )
        ).Attributes,
        undefined,
      )
    },
  },
  {
    name: 'a put replaces the whole item and answers the old one on request',
    async run(context) {
      const pk = context.key()
      assert.equal(
        (await put(context, { pk: S(pk), a: N(1) }, { ReturnValues: 'ALL_OLD' })).Attributes,
        undefined,
      )
      const { Attributes } = await put(context, { pk: S(pk), b: N(2) }, { ReturnValues: 'ALL_OLD' })
      assert.deepEqual(Attributes, { pk: S(pk), a: N(1) })
      assert.deepEqual((await get(context, pk)).Item, { pk: S(pk), b: N(2) })
      await invalid(
        context,
        put(context, { pk: S(pk) }, { ReturnValues: 'ALL_NEW' }),
        'Return values set to invalid value',
      )
    },
  },
  {
    name: 'a delete answers the old item on request',
    async run(context) {
      const pk = context.key()
      await put(context, { pk: S(pk), a: N(1) })
      const Key = { pk: S(pk) }
      const { Attributes } = await context.client.send(
        new DeleteItemCommand({ TableName: context.tables.plain, Key, ReturnValues: 'ALL_OLD' }),
      )
      assert.deepEqual(Attributes, { pk: S(pk), a: N(1) })
      assert.equal((await get(context, pk)).Item, undefined)
    },
  },
  {
    name: 'projections take parts of an item',
    async run(context) {
      const pk = context.key()
      await put(context, { pk: S(pk), a: M({ b: L(N(0), M({ c: N(1), d: N(2) }), N(3)), e: N(4) }), f: N(5) })
      const { Item: item } = await get(context, pk, {
        ProjectionExpression: 'a.#b[1].c, a.#b[2], f, absent.x, a.e.x',
        ExpressionAttributeNames: { '#b': 'b' },
      })
      assert.deepEqual(item, { a: M({ b: L(M({ c: N(1) }), N(3)) }), f: N(5) })
      assert.deepEqual((await get(context, pk, { ProjectionExpression: 'absent' })).Item, {})
    },
  },
  {
    name: 'keys must be there, of the right type, not empty and not too long',
    async run(context) {
      const TableName = context.tables.sorted
      const send = (Item: Item) => context.client.send(new PutItemCommand({ TableName, Item }))
      const read = (Key: Item) => context.client.send(new GetItemCommand({ TableName, Key }))
      await invalid(
        context,
        send({ pk: S('a') }),
        'One or more parameter values were invalid: Missing the key sk in the item',
      )
      await invalid(
        context,
        send({ pk: N(1), sk: S('a') }),
        'One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N',
      )
      const empty =
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: sk'
      await invalid(context, send({ pk: S('a'), sk: S('') }), empty)
      await invalid(context, read({ pk: S('a'), sk: S('') }), empty)
      await invalid(
        context,
        send({ pk: S('p'.repeat(2049)), sk: S('a') }),
        'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
      )
      await invalid(
        context,
        send({ pk: S('a'), sk: S('s'.repeat(1025)) }),
        'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
      )
      await invalid(context, read({ pk: S('a') }), 'The provided key element does not match the schema')
      await invalid(
        context,
        read({ pk: S('a'), sk: S('b'), x: S('c') }),
        'The provided key element does not match the schema',
      )
      await send({ pk: S('p'.repeat(2048)), sk: S('s'.repeat(1024)) })
    },
  },
  {
    name: 'an item has at most 400 KB and 32 levels',
    async run(context) {
      const pk = context.key()
      const room = 400 * 1024 - ('pk'.length + pk.length + 'a'.length)
      await put(context, { pk: S(pk), a: S('x'.repeat(room)) })
      await invalid(
        context,
        put(context, { pk: S(pk), a: S('x'.repeat(room + 1)) }),
        'Item size has exceeded the maximum allowed size',
      )
      await put(context, { pk: S(pk), a: nested(31) })
      await invalid(
        context,
        put(context, { pk: S(pk), a: nested(32) }),
        'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
      )
    },
  },
  {
    name: 'a table that is not there',
    async run(context) {
      await refused(
        context,
        context.client.send(new GetItemCommand({ TableName: 'no-such-table', Key: { pk: S('a') } })),
        'ResourceNotFoundException',
        'Requested resource not found',
      )
    },
  },
]
