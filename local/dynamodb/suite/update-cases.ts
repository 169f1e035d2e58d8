/** UpdateItem: what expressions make of an item, what they answer, and how they are refused. */
import assert from 'node:assert/strict'

import { type AttributeValue, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'

import { invalid, type Item, L, M, N, NS, S, SS, type SuiteCase, type SuiteContext } from './context.ts'

const subject: Item = {
  num: N(5),
  str: S('hello'),
  things: L(S('x'), S('y'), S('z')),
  nest: M({ x: N(1), parts: L(N(1), N(2)) }),
  tags: SS('a', 'b'),
}

type Values = Record<string, AttributeValue>

/** An update, its values, and the attributes that it changes (undefined: removed). */
const meanings: readonly (readonly [
  string,
  Values | undefined,
  Readonly<Record<string, AttributeValue | undefined>>,
])[] = [
  ['SET num = num + :v', { ':v': N('0.1') }, { num: N('5.1') }],
  ['SET num = :v - num', { ':v': N(2) }, { num: N(-3) }],
  ['SET num = (num + :v)', { ':v': N(2) }, { num: N(7) }],
  [
    'SET num = num + :v',
    { ':v': N('99999999999999999999999999999999999990') },
    { num: N('99999999999999999999999999999999999995') },
  ],
  ['SET made = if_not_exists(made, :v) + :v', { ':v': N(2) }, { made: N(4) }],
  ['SET num = if_not_exists(num, :v)', { ':v': N(2) }, {}],
  [
    'SET things = list_append(things, :v)',
    { ':v': L(S('!')) },
    { things: L(S('x'), S('y'), S('z'), S('!')) },
  ],
  [
    'SET things = list_append(:v, things)',
    { ':v': L(S('!')) },
    { things: L(S('!'), S('x'), S('y'), S('z')) },
  ],
  ['SET num = str, str = num', undefined, { num: S('hello'), str: N(5) }],
  [
    'SET two = things, things[0] = :v',
    { ':v': N(9) },
    { two: L(S('x'), S('y'), S('z')), things: L(N(9), S('y'), S('z')) },
  ],
  [
    'SET things[7] = :v, things[9] = :w',
    { ':v': N(7), ':w': N(9) },
    { things: L(S('x'), S('y'), S('z'), N(7), N(9)) },
  ],
  [
    'SET nest.x = nest.x + :v, nest.y = :v',
    { ':v': N(2) },
    { nest: M({ x: N(3), parts: L(N(1), N(2)), y: N(2) }) },
  ],
  ['REMOVE things[0], str, things[1]', undefined, { things: L(S('z')), str: undefined }],
  ['REMOVE things[9], nest.gone, lost', undefined, {}],
  [
    'REMOVE things[2], nest.parts[0], things[0]',
    undefined,
    { things: L(S('y')), nest: M({ x: N(1), parts: L(N(2)) }) },
  ],
  ['SET things[0] = :v REMOVE things[1]', { ':v': N(2) }, { things: L(N(2), S('z')) }],
  ['ADD num :v', { ':v': N('-7') }, { num: N(-2) }],
  ['ADD made :v', { ':v': N(2) }, { made: N(2) }],
  ['ADD tags :v', { ':v': SS('c', 'a') }, { tags: SS('a', 'b', 'c') }],
  ['ADD nest.x :v', { ':v': N(2) }, { nest: M({ x: N(3), parts: L(N(1), N(2)) }) }],
  ['DELETE tags :v', { ':v': SS('a', 'q') }, { tags: SS('b') }],
  ['DELETE tags :v', { ':v': SS('a', 'b') }, { tags: undefined }],
  ['DELETE lost :v', { ':v': SS('a') }, {}],
  [
    'set num = :v remove str add made :v delete tags :t',
    { ':v': N(1), ':t': SS('a') },
    { num: N(1), str: undefined, made: N(1), tags: SS('b') },
  ],
]

const refusals: readonly (readonly [string, Values | undefined, string])[] = [
  ['', undefined, 'Invalid UpdateExpression: The expression can not be empty;'],
  [
    'SET num = lost',
    undefined,
    'The provided expression refers to an attribute that does not exist in the item',
  ],
  [
    'SET num = if_not_exists(lost, gone)',
    undefined,
    'The provided expression refers to an attribute that does not exist in the item',
  ],
  ['SET num = str + :v', { ':v': N(1) }, 'An operand in the update expression has an incorrect data type'],
  [
    'SET num = num + :v',
    { ':v': S('1') },
    'Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, operand type: S',
  ],
  [
    'SET num = num + :v',
    { ':v': N('9'.repeat(38)) },
    'Attempting to store more than 38 significant digits in a Number',
  ],
  [
    'SET things = list_append(things, :v)',
    { ':v': N(1) },
    'Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: list_append, operand type: N',
  ],
  [
    'SET lost.x = :v',
    { ':v': N(1) },
    'The document path provided in the update expression is invalid for update',
  ],
  [
    'SET num.x = :v',
    { ':v': N(1) },
    'The document path provided in the update expression is invalid for update',
  ],
  [
    'SET str[0] = :v',
    { ':v': N(1) },
    'The document path provided in the update expression is invalid for update',
  ],
  ['REMOVE lost.x', undefined, 'The document path provided in the update expression is invalid for update'],
  ['ADD str :v', { ':v': N(1) }, 'An operand in the update expression has an incorrect data type'],
  ['ADD tags :v', { ':v': NS(1) }, 'An operand in the update expression has an incorrect data type'],
  [
    'ADD tags :v',
    { ':v': S('c') },
    'Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND',
  ],
  ['DELETE num :v', { ':v': SS('a') }, 'An operand in the update expression has an incorrect data type'],
  [
    'DELETE tags :v',
    { ':v': N(1) },
    'Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND',
  ],
  [
    'SET num = :v SET str = :v',
    { ':v': N(1) },
    'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;',
  ],
  [
    'SET num = :v, num = :v',
    { ':v': N(1) },
    'Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [num], path two: [num]',
  ],
  [
    'SET nest = :v REMOVE nest.x',
    { ':v': N(1) },
    'Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [nest], path two: [nest, x]',
  ],
  [
    'SET nest.x = :v, nest[0] = :v',
    { ':v': N(1) },
    'Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [nest, x], path two: [nest, [0]]',
  ],
  [
    'SET pk = :v',
    { ':v': N(1) },
    'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key',
  ],
  [
    'SET num = str + things + nest',
    undefined,
    'Invalid UpdateExpression: Syntax error; token: "+", near: "things + nest"',
  ],
  ['SET num = nope(str)', undefined, 'Invalid UpdateExpression: Invalid function name; function: nope'],
  [
    'SET num = size(str)',
    undefined,
    'Invalid UpdateExpression: The function is not allowed in an update expression; function: size',
  ],
  [
    'SET num = if_not_exists(:v, num)',
    { ':v': N(1) },
    'Invalid UpdateExpression: Operator or function requires a document path; operator or function: if_not_exists',
  ],
  [
    'SET num = if_not_exists(num)',
    undefined,
    'Invalid UpdateExpression: Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1',
  ],
  ['SET num = ', undefined, 'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "= "'],
  [
    'CHANGE num = str',
    undefined,
    'Invalid UpdateExpression: Syntax error; token: "CHANGE", near: "CHANGE num"',
  ],
  ['ADD num = :v', { ':v': N(1) }, 'Invalid UpdateExpression: Syntax error; token: "=", near: "num = :v"'],
]

const update = (context: SuiteContext, pk: string, UpdateExpression: string | undefined, more: object = {}) =>
  context.client.send(
    new UpdateItemCommand({
      TableName: context.tables.plain,
      Key: { pk: S(pk) },
      ...(UpdateExpression !== undefined && { UpdateExpression }),
      ...more,
    }),
  )

async function withSubject(context: SuiteContext): Promise<string> {
  const pk = context.key()
  await context.client.send(
    new PutItemCommand({ TableName: context.tables.plain, Item: { ...subject, pk: S(pk) } }),
  )
  return pk
}

export const updateCases: readonly SuiteCase[] = [
  ...meanings.map(([expression, values, changes]): SuiteCase => ({
    name: `${expression} ${JSON.stringify(values ?? {})}`,
    async run(context) {
      const pk = await withSubject(context)
      const { Attributes } = await update(context, pk, expression, {
        ReturnValues: 'ALL_NEW',
        ...(values && { ExpressionAttributeValues: values }),
      })
      const wanted = Object.entries({ ...subject, pk: S(pk), ...changes }).filter(([, value]) => value)
      assert.deepEqual(Attributes, Object.fromEntries(wanted))
    },
  })),
  ...refusals.map(([expression, values, message]): SuiteCase => ({
    name: `refuses ${JSON.stringify(expression)} ${JSON.stringify(values ?? {})}`,
    async run(context) {
      const pk = await withSubject(context)
      const more = values && { ExpressionAttributeValues: values }
      await invalid(context, update(context, pk, expression, more), message)
    },
  })),
  {
    name: 'an update makes the item when there is none',
    async run(context) {
      const all = { ReturnValues: 'ALL_NEW' }
      const [one, two] = [context.key(), context.key()]
      assert.deepEqual((await update(context, one, undefined, all)).Attributes, { pk: S(one) })
      assert.deepEqual((await update(context, two, 'REMOVE x', all)).Attributes, { pk: S(two) })
      const none = { ReturnValues: 'ALL_OLD' }
      assert.equal((await update(context, context.key(), 'REMOVE x', none)).Attributes, undefined)
    },
  },
  {
    name: 'ReturnValues hands out what was asked for',
    async run(context) {
      const expression = 'SET nest.x = :v, made = :v, things[0] = :v REMOVE str'
      const values = { ExpressionAttributeValues: { ':v': N(2) } }
      const expected: Record<string, Item | undefined> = {
        NONE: undefined,
        UPDATED_OLD: { nest: M({ x: N(1) }), things: L(S('x')), str: S('hello') },
        UPDATED_NEW: { nest: M({ x: N(2) }), things: L(N(2)), made: N(2) },
      }
      for (const [ReturnValues, wanted] of Object.entries(expected)) {
        const pk = await withSubject(context)
        const { Attributes } = await update(context, pk, expression, { ...values, ReturnValues })
        assert.deepEqual(Attributes, wanted, ReturnValues)
      }
    },
  },
]
