import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newMessage } from '../../message.ts'
import { runStatement } from './evaluate.ts'
import type { RuleContext } from './functions.ts'
import { parseStatement } from './parse.ts'
import { SqlError } from './sql-error.ts'
import type { Statement } from './syntax.ts'
import type { Value } from './values.ts'

// docs/aws-iot-core.md §9

const payload = {
  temp: 21.5,
  text: '7',
  nothing: null,
  flag: false,
  list: [1, 'two', { three: 3 }],
  state: { reported: { color: 'red', 'a-b': 1 } },
}

function aContext(over: Partial<RuleContext> = {}): RuleContext {
  return {
    message: newMessage(
      {
        topic: 'a/b/c',
        payload: Buffer.from('x'),
        properties: { contentType: 'text/plain', userProperties: { k: ['v1', 'v2'] } },
      },
      0,
    ),
    topic: 'a/b/c',
    payload,
    clientId: 'visitor1-0',
    principal: 'visitor1',
    sourceIp: '127.0.0.1',
    accountId: '000000000000',
    traceId: 'trace',
    now: 1_800_000_000_000,
    newUuid: () => 'uuid',
    ...over,
  }
}

function readOrRefusal(sql: string): Statement | Error {
  try {
    return parseStatement(sql)
  } catch (error) {
    return error as Error
  }
}

/** The value of an expression, `Undefined` when it has none. */
function value(sql: string, context = aContext()): Value {
  const out = runStatement(parseStatement(`SELECT VALUE ${sql}`), context)?.out
  return out === undefined ? 'Undefined' : out
}

test.each<[string, Value]>([
  // operators
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['-temp + 1', -20.5],
  ['7 % 4', 3],
  ['1 / 0', 'Undefined'],
  ["'a' + 1", 'a1'],
  ['temp + missing', 'Undefined'],
  ['text = 7', true],
  ["'10' > '9'", true],
  ["'b' > 'a'", true],
  ['temp >= 21.5 AND temp < 22', true],
  ['flag OR temp = 21.5', true],
  ['missing = 1', 'Undefined'],
  ['missing = 1 AND flag', false],
  ['missing = 1 OR true', true],
  ['NOT flag', true],
  ['NOT temp = 21.5', false],
  ['temp <> 1 AND NOT flag', true],
  ["'two' IN list", true],
  ["3 IN ['1', '3']", true],
  ['nothing = null', true],
  ["{'a': [1, temp]} = {'a': [1, 21.5]}", true],
  ["CASE state.reported.color WHEN 'red' THEN 1 WHEN 'blue' THEN 2 ELSE 3 END", 1],
  ['CASE temp WHEN 1 THEN 2 END', 'Undefined'],
  // members
  ['state.reported.color', 'red'],
  ["get(state.reported, 'a-b')", 1],
  ['get(list, 1)', 'two'],
  ['get(list, 9)', 'Undefined'],
  ['constructor', 'Undefined'],
  ['state.__proto__', 'Undefined'],
  // functions
  ['topic()', 'a/b/c'],
  ['topic(1)', 'a'],
  ['topic(3)', 'c'],
  ['topic(4)', 'Undefined'],
  ['clientid()', 'visitor1-0'],
  ['principal()', 'visitor1'],
  ['timestamp()', 1_800_000_000_000],
  ['newuuid()', 'uuid'],
  ['traceid()', 'trace'],
  ['accountid()', '000000000000'],
  ['sourceip()', '127.0.0.1'],
  ["get_mqtt_property('content_type')", 'text/plain'],
  ["get_user_properties('k')", ['v1', 'v2']],
  ['UPPER(state.reported.color)', 'RED'],
  ["concat('a', 1, 'b')", 'a1b'],
  ["substring('012345', 2, 4)", '23'],
  ["replace('a.b', '.', '$&')", 'a$&b'],
  ["startswith(topic(), 'a/')", true],
  ["indexof('abc', 'c')", 2],
  ['floor(temp)', 21],
  ['round(-2.5)', -3],
  ['sqrt(-1)', 'Undefined'],
  ['isNull(nothing)', true],
  ['isUndefined(missing)', true],
  ["cast(text, 'Int')", 7],
  ["cast(flag, 'String')", 'false'],
  ["encode('ab', 'base64')", 'YWI='],
  ["decode('YWI=', 'base64')", 'ab'],
  ["md5('iot123')", 'e37f81fb397e595c4aeb5645b8cbbbd1'],
  ["'it''s'", "it's"],
])('§9 %s is %j', (sql, expected) => {
  expect(value(sql)).toEqual(expected)
})

test.each<[string, unknown]>([
  ["SELECT * FROM 'a'", payload],
  ["SELECT temp FROM 'a'", { temp: 21.5 }],
  ["select temp as t, topic(2) AS device from 'a' where temp > 20", { t: 21.5, device: 'b' }],
  ["SELECT *, 15 AS speed FROM 'a'", { ...payload, speed: 15 }],
  [
    "SELECT state.reported.color AS out.color, temp AS out.temp FROM 'a'",
    { out: { color: 'red', temp: 21.5 } },
  ],
  ["SELECT missing, temp FROM 'a'", { temp: 21.5 }],
  ["SELECT * FROM 'a' WHERE temp > 30", undefined],
  ["SELECT * FROM 'a' WHERE missing > 30", undefined],
  ['SELECT VALUE list', payload.list],
])('§9 %s', (sql, expected) => {
  expect(runStatement(parseStatement(sql), aContext())?.out).toEqual(expected)
})

test('§9 a payload that is no JSON passes SELECT * as its bytes, and has no members', () => {
  const bytes = Buffer.from('not json')
  const context = aContext({ payload: bytes })
  expect(runStatement(parseStatement("SELECT * FROM 'a'"), context)?.out).toBe(bytes)
  expect(value("encode(*, 'base64')", context)).toBe(bytes.toString('base64'))
  expect(value('temp', context)).toBe('Undefined')
})

test.each([
  ["SELECT FROM 'a'", 'FROM is not expected', 8],
  ['SELECT * FROM a/b', 'in quotes', 15],
  ["SELECT * FROM 'a', 'b'", 'one topic filter', 18],
  ["SELECT a.b FROM 'a'", 'give it one with AS', 8],
  ["SELECT topic() FROM 'a'", 'give it one with AS', 8],
  [
    "SELECT get_thing_shadow('a') AS s FROM 'a'",
    'get_thing_shadow is not run here: it asks another service',
    8,
  ],
  ["SELECT nonsense(1) AS s FROM 'a'", 'there are topic, clientid', 8],
  ["SELECT topic(1, 2) AS s FROM 'a'", 'topic takes 0 to 1 arguments, got 2', 8],
  ["SELECT (SELECT v FROM e) AS s FROM 'a'", 'nested SELECTs', 9],
  ["SELECT cast(text AS Int) AS s FROM 'a'", ') is expected', 18],
  ["SELECT get(a, 'b').c AS s FROM 'a'", 'give it one with AS', 8],
  ["SELECT list[0] AS s FROM 'a'", 'get(list, index)', 12],
  ["SELECT * FROM 'a' GROUP BY b", '"GROUP" is not expected', 19],
  ["SELECT * FROM 'a' WHERE", 'ends too early', 24],
  ["SELECT 'a", 'a text that does not end', 8],
  ["SELECT 'a\\n' AS b", 'backslash', 8],
  ['SELECT a; DROP', 'is not understood', 9],
])('§9 %s is refused: %s', (sql, problem, position) => {
  let caught: unknown
  try {
    parseStatement(sql)
  } catch (error) {
    caught = error
  }
  expect(caught).toMatchObject({
    name: 'SqlError',
    position,
    message: expect.stringContaining(problem) as string,
  })
})

test('§9 nesting is bounded, whatever nests', () => {
  for (const open of ['(', '-', 'NOT ', '[', "{'a':", 'abs('])
    expect(() => parseStatement(`SELECT VALUE ${open.repeat(10_000)}1`)).toThrow(/nested more than 50 deep/)
})

test('§9 whatever the text and the payload: read or refused with a place, and then never thrown', () => {
  const words =
    "SELECT VALUE * , a b.c 1 2.5 't' ( ) + - / % = <> IN [ ] { } : AS FROM 'x/#' WHERE AND OR NOT CASE WHEN THEN END topic( get( concat( substring( null true"
  const word = fc.constantFrom(...words.split(' '))
  const statement = fc.array(word, { maxLength: 14 }).map((words) => `SELECT ${words.join(' ')}`)
  fc.assert(
    fc.property(statement, fc.jsonValue(), (sql, json) => {
      const read = readOrRefusal(sql)
      if (read instanceof Error) return read instanceof SqlError
      runStatement(read, aContext({ payload: json as Value }))
      return true
    }),
    { numRuns: 2000 },
  )
})
