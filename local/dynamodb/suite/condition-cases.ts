/** Conditions: what they mean, and how they are refused. */
import assert from 'node:assert/strict'

import { type AttributeValue, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'

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

const subject: Item = {
  num: N('5'),
  str: S('hello'),
  yes: { BOOL: true },
  nil: { NULL: true },
  bytes: { B: Uint8Array.of(1, 2, 3) },
  things: L(S('x'), N(1)),
  nest: M({ deep: L(M({ leaf: N(7) })) }),
  tags: SS('a', 'b'),
  nums: NS(1, 2),
}

type Values = Record<string, AttributeValue>

/** A condition on the item above, its values, and whether it holds. */
const meanings: readonly (readonly [string, Values | undefined, boolean])[] = [
  ['num = :v', { ':v': N('5.0') }, true],
  ['num = :v', { ':v': S('5') }, false],
  ['num <> :v', { ':v': S('5') }, true],
  ['num < :v', { ':v': N('10') }, true],
  ['num < :v', { ':v': S('9') }, false],
  ['NOT num < :v', { ':v': S('9') }, true],
  ['num >= :v AND num <= :v', { ':v': N(5) }, true],
  ['gone = :v', { ':v': N(5) }, false],
  ['gone <> :v', { ':v': N(5) }, true],
  ['gone = lost', undefined, false],
  ['gone <> lost', undefined, true],
  ['num BETWEEN :a AND :b', { ':a': N(5), ':b': N(6) }, true],
  ['num BETWEEN gone AND :b', { ':b': N(6) }, false],
  ['NOT num BETWEEN gone AND :b', { ':b': N(6) }, true],
  [':v BETWEEN :v AND num', { ':v': N(5) }, true],
  ['num IN (:a, :b)', { ':a': S('5'), ':b': N(5) }, true],
  ['num IN (gone)', undefined, false],
  ['attribute_exists(num)', undefined, true],
  ['attribute_exists(nest.deep[0].leaf)', undefined, true],
  ['attribute_exists(nest.deep[1])', undefined, false],
  ['attribute_exists(str.x)', undefined, false],
  ['attribute_not_exists(gone)', undefined, true],
  ['attribute_type(yes, :v)', { ':v': S('BOOL') }, true],
  ['attribute_type(gone, :v)', { ':v': S('S') }, false],
  ['begins_with(str, :v)', { ':v': S('hel') }, true],
  ['begins_with(str, :v)', { ':v': S('') }, true],
  ['begins_with(num, :v)', { ':v': S('5') }, false],
  ['begins_with(bytes, :v)', { ':v': { B: Uint8Array.of(1, 2) } }, true],
  ['contains(str, :v)', { ':v': S('ell') }, true],
  ['contains(str, :v)', { ':v': N(1) }, false],
  ['contains(things, :v)', { ':v': N('1.0') }, true],
  ['contains(tags, :v)', { ':v': S('b') }, true],
  ['contains(tags, :v)', { ':v': SS('b') }, false],
  ['contains(nums, :v)', { ':v': N('2') }, true],
  ['contains(bytes, :v)', { ':v': { B: Uint8Array.of(2, 3) } }, true],
  ['contains(num, :v)', { ':v': N(5) }, false],
  ['size(str) = :v', { ':v': N(5) }, true],
  ['size(bytes) = :v', { ':v': N(3) }, true],
  ['size(tags) > :v', { ':v': N(1) }, true],
  ['size(nest) = :v', { ':v': N(1) }, true],
  ['size(gone) = :v', { ':v': N(0) }, false],
  ['size(gone) <> :v', { ':v': N(0) }, true],
  ['size(num) = :v', { ':v': N(1) }, false],
  ['tags = :v', { ':v': SS('b', 'a') }, true],
  ['things = :v', { ':v': L(S('x'), N('1.0')) }, true],
  ['nest = :v', { ':v': M({ deep: L(M({ leaf: N(7) })) }) }, true],
  ['nil = :v', { ':v': { NULL: true } }, true],
  ['bytes > :v', { ':v': { B: Uint8Array.of(1, 2) } }, true],
  ['str > :v', { ':v': S('Hello') }, true],
  ['num = :v OR num = :v AND NOT num = :v', { ':v': N(5) }, true],
  ['(num = :v OR num = :v) AND NOT num = :v', { ':v': N(5) }, false],
  ['NOT (NOT (num = :v))', { ':v': N(5) }, true],
  ['num=:v and not str=:v', { ':v': N(5) }, true],
  [':v = :v', { ':v': N(5) }, true],
]

/** A condition that is refused, with its names and values, and the message. */
const refusals: readonly (readonly [
  string,
  Record<string, string> | undefined,
  Values | undefined,
  string,
])[] = [
  ['', undefined, undefined, 'Invalid ConditionExpression: The expression can not be empty;'],
  [
    'num = bar baz',
    undefined,
    undefined,
    'Invalid ConditionExpression: Syntax error; token: "baz", near: "bar baz"',
  ],
  [
    'num ! bar',
    undefined,
    undefined,
    'Invalid ConditionExpression: Syntax error; token: "!", near: "num ! bar"',
  ],
  [
    'num = bar AND',
    undefined,
    undefined,
    'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "AND"',
  ],
  [
    'num == bar',
    undefined,
    undefined,
    'Invalid ConditionExpression: Syntax error; token: "=", near: "== bar"',
  ],
  [
    'things[x] = num',
    undefined,
    undefined,
    'Invalid ConditionExpression: Syntax error; token: "x", near: "[x]"',
  ],
  ['num IN ()', undefined, undefined, 'Invalid ConditionExpression: Syntax error; token: ")", near: "()"'],
  [
    '((num = str))',
    undefined,
    undefined,
    'Invalid ConditionExpression: The expression has redundant parentheses;',
  ],
  [
    'num = :v',
    undefined,
    undefined,
    'Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :v',
  ],
  [
    '#n = num',
    undefined,
    undefined,
    'Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #n',
  ],
  [
    'num = :v',
    undefined,
    { ':v': N(1), ':w': N(2) },
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}',
  ],
  [
    '#n = str',
    { '#n': 'num', '#m': 'x' },
    undefined,
    'Value provided in ExpressionAttributeNames unused in expressions: keys: {#m}',
  ],
  [
    'num = :v',
    undefined,
    { v: N(1) },
    'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"',
  ],
  [
    'num = str',
    { n: 'num' },
    undefined,
    'ExpressionAttributeNames contains invalid key: Syntax error; key: "n"',
  ],
  ['num = str', undefined, {}, 'ExpressionAttributeValues must not be empty'],
  ['num = str', {}, undefined, 'ExpressionAttributeNames must not be empty'],
  [
    'name = num',
    undefined,
    undefined,
    'Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: name',
  ],
  [
    'num.Status = str',
    undefined,
    undefined,
    'Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: Status',
  ],
  [
    'num < :v',
    undefined,
    { ':v': { BOOL: true } },
    'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: <, operand type: BOOL',
  ],
  [
    'begins_with(str, :v)',
    undefined,
    { ':v': N(1) },
    'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
  ],
  [
    'attribute_type(num, :v)',
    undefined,
    { ':v': S('Q') },
    'Invalid ConditionExpression: Invalid attribute type name found; type: Q, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}',
  ],
  [
    'size(:v) > num',
    undefined,
    { ':v': N(1) },
    'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: size, operand type: N',
  ],
  [
    'num BETWEEN :a AND :b',
    undefined,
    { ':a': N(5), ':b': N(1) },
    'Invalid ConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:1}',
  ],
  [
    'num BETWEEN :a AND :b',
    undefined,
    { ':a': N(5), ':b': S('6') },
    'Invalid ConditionExpression: The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {S:6}',
  ],
  [
    'num = num',
    undefined,
    undefined,
    'Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [num]',
  ],
  [
    'contains(str, str)',
    undefined,
    undefined,
    'Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [str]',
  ],
  ['nope(num)', undefined, undefined, 'Invalid ConditionExpression: Invalid function name; function: nope'],
  [
    'size(num)',
    undefined,
    undefined,
    'Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: size',
  ],
  [
    'attribute_exists(num) = str',
    undefined,
    undefined,
    'Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: attribute_exists',
  ],
  [
    'attribute_exists(num, str)',
    undefined,
    undefined,
    'Invalid ConditionExpression: Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2',
  ],
  [
    'attribute_exists(:v)',
    undefined,
    { ':v': N(1) },
    'Invalid ConditionExpression: Operator or function requires a document path; operator or function: attribute_exists',
  ],
  [
    'if_not_exists(num, str) = str',
    undefined,
    undefined,
    'Invalid ConditionExpression: The function is not allowed in a condition expression; function: if_not_exists',
  ],
  [
    `num IN (${Array.from({ length: 101 }, () => ':v').join(',')})`,
    undefined,
    { ':v': N(1) },
    'Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: 101',
  ],
]

const conditionalPut = (context: SuiteContext, item: Item, more: object) =>
  context.client.send(new PutItemCommand({ TableName: context.tables.plain, Item: item, ...more }))

export const conditionCases: readonly SuiteCase[] = [
  {
    name: 'what conditions mean',
    async run(context) {
      const pk = context.key()
      await conditionalPut(context, { ...subject, pk: S(pk) }, {})
      for (const [ConditionExpression, values, holds] of meanings) {
        const check = {
          TableName: context.tables.plain,
          Key: { pk: S(pk) },
          ConditionExpression,
          ...(values && { ExpressionAttributeValues: values }),
        }
        const held = await context.client
          .send(new TransactWriteItemsCommand({ TransactItems: [{ ConditionCheck: check }] }))
          .then(
            () => true,
            (cause: Error) => {
              assert.equal(
                cause.name,
                'TransactionCanceledException',
                `${ConditionExpression}: ${cause.message}`,
              )
              return false
            },
          )
        assert.equal(held, holds, `${ConditionExpression} ${JSON.stringify(values)}`)
      }
    },
  },
  ...refusals.map(([ConditionExpression, names, values, message]): SuiteCase => ({
    name: `refuses ${JSON.stringify(ConditionExpression.slice(0, 60))} ${JSON.stringify(names ?? {})} ${JSON.stringify(Object.keys(values ?? {}))}`,
    async run(context) {
      await invalid(
        context,
        conditionalPut(
          context,
          { pk: S(context.key()) },
          {
            ConditionExpression,
            ...(names && { ExpressionAttributeNames: names }),
            ...(values && { ExpressionAttributeValues: values }),
          },
        ),
        message,
      )
    },
  })),
  {
    name: 'placeholders need an expression',
    async run(context) {
      const item = { pk: S(context.key()) }
      await invalid(
        context,
        conditionalPut(context, item, { ExpressionAttributeNames: { '#a': 'a' } }),
        'ExpressionAttributeNames can only be specified when using expressions',
      )
      await invalid(
        context,
        conditionalPut(context, item, { ExpressionAttributeValues: { ':a': N(1) } }),
        'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null',
      )
    },
  },
  {
    name: 'a failed condition answers with the item on request',
    async run(context) {
      const pk = context.key()
      await conditionalPut(context, { pk: S(pk), a: N(1) }, {})
      const again = (more: object) =>
        refused<Error & { Item?: Item }>(
          context,
          conditionalPut(
            context,
            { pk: S(pk) },
            { ConditionExpression: 'attribute_not_exists(pk)', ...more },
          ),
          'ConditionalCheckFailedException',
          'The conditional request failed',
        )
      assert.equal((await again({})).Item, undefined)
      const shown = await again({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })
      assert.deepEqual(shown.Item, { pk: S(pk), a: N(1) })
    },
  },
]
