import { expect, test } from 'vitest'
import type { ConditionContext } from './condition-keys.ts'
import { readPolicyDocument } from './document.ts'
import { compilePolicy } from './evaluate.ts'
import type { Variables } from './wildcard.ts'

const noon = Date.parse('2026-10-06T12:00:00Z')

interface Scene {
  readonly context?: ConditionContext
  readonly variables?: Variables
  readonly effect?: 'Allow' | 'Deny'
}

/** Whether a statement with this condition lets a request pass; with `effect: 'Deny'`, besides one that allows everything. */
function passes(condition: object, { context = {}, variables = {}, effect = 'Allow' }: Scene = {}): boolean {
  const statement = { Effect: effect, Action: '*', Resource: '*', Condition: condition }
  const statements = [
    statement,
    ...(effect === 'Deny' ? [{ Effect: 'Allow', Action: '*', Resource: '*' }] : []),
  ]
  const document = { Version: '2012-10-17', Statement: statements }
  const policy = compilePolicy(readPolicyDocument(document), variables, () => noon)
  return policy.decide('iot:Connect', 'arn:aws:iot:eu-west-1:000000000000:client/c', context).allowed
}

const will = (topic: string): ConditionContext => ({
  'iot:LastWillTopic': [`arn:aws:iot:eu-west-1:000000000000:topic/${topic}`],
})

test.each([
  ['ArnLike', 'arn:aws:iot:*:*:topic/will/*', 'will/a/b', true],
  ['ArnEquals', 'arn:aws:iot:eu-west-1:000000000000:topic/will/*', 'will/a', true],
  ['ArnLike', '*:topic/will/*', 'will/a', false],
  ['ArnNotLike', 'arn:aws:iot:*:*:topic/will/*', 'will/a', false],
  ['ArnNotEquals', 'arn:aws:iot:*:*:topic/other', 'will/a', true],
  ['StringLike', '*topic/will/?', 'will/a', true],
  ['StringEquals', '*', 'will/a', false],
  ['StringNotEquals', 'x', 'will/a', true],
  ['StringEqualsIgnoreCase', 'ARN:AWS:IOT:EU-WEST-1:000000000000:TOPIC/WILL/A', 'will/a', true],
])('§6 %s %s on the Will topic %s: %s', (operator, value, topic, expected) => {
  expect(passes({ [operator]: { 'iot:LastWillTopic': value } }, { context: will(topic) })).toBe(expected)
})

test.each([
  ['IpAddress', '10.1.0.0/16', '10.1.2.3', true],
  ['IpAddress', '10.1.0.0/16', '10.2.2.3', false],
  ['IpAddress', '127.0.0.1', '::ffff:127.0.0.1', true],
  ['IpAddress', '2001:db8::/32', '2001:db8::1', true],
  ['NotIpAddress', '10.1.0.0/16', '10.2.2.3', true],
])('§6 %s %s from %s: %s', (operator, range, address, expected) => {
  expect(passes({ [operator]: { 'aws:SourceIp': range } }, { variables: { 'aws:sourceip': address } })).toBe(
    expected,
  )
})

test.each([
  ['DateGreaterThan', 'aws:CurrentTime', '2026-10-06T11:59:59Z', true],
  ['DateLessThan', 'aws:CurrentTime', '2026-10-06T11:59:59Z', false],
  ['DateEquals', 'aws:EpochTime', String(noon / 1000), true],
  ['NumericLessThanEquals', 'aws:EpochTime', String(noon / 1000), true],
  ['NumericGreaterThan', 'aws:EpochTime', String(noon / 1000), false],
  ['Bool', 'aws:SecureTransport', 'true', false],
])('§6 %s %s %s: %s', (operator, key, value, expected) => {
  expect(passes({ [operator]: { [key]: value } })).toBe(expected)
})

test('§6 a value may be a boolean or a number in the document, and names take no notice of case', () => {
  const variables = { 'iot:connection.thing.isattached': 'true' }
  expect(passes({ Bool: { 'iot:connection.THING.IsAttached': true } }, { variables })).toBe(true)
  expect(passes({ NumericLessThan: { 'aws:EpochTime': 5 } })).toBe(false)
})

test('§6 a key with several values: ForAllValues, ForAnyValue', () => {
  const both = { 'iot:ConnectAttributes': ['PersistentConnect', 'LastWill'] }
  const none = { 'iot:ConnectAttributes': [] }
  const all = { 'ForAllValues:StringEquals': { 'iot:ConnectAttributes': ['LastWill'] } }
  const any = { 'ForAnyValue:StringEquals': { 'iot:ConnectAttributes': ['LastWill'] } }
  expect([passes(all, { context: both }), passes(all, { context: none }), passes(all)]).toEqual([
    false,
    true,
    true,
  ])
  expect([passes(any, { context: both }), passes(any, { context: none }), passes(any)]).toEqual([
    true,
    false,
    false,
  ])
})

test('§6 a key that the request does not have: only what is negated, IfExists or Null holds', () => {
  const key = 'iot:LastWillTopic'
  expect(passes({ StringEquals: { [key]: 'x' } })).toBe(false)
  expect(passes({ StringNotEquals: { [key]: 'x' } })).toBe(true)
  expect(passes({ StringEqualsIfExists: { [key]: 'x' } })).toBe(true)
  expect(passes({ Null: { [key]: 'true' } })).toBe(true)
  expect(passes({ Null: { [key]: 'true' } }, { context: will('a') })).toBe(false)
  expect(passes({ StringEquals: { 'aws:SourceVpc': 'vpc-1' } }, { effect: 'Deny' })).toBe(true)
})

test('§6 a key or a variable that is unknown here fails closed', () => {
  const unknownKey = { StringNotEquals: { 'aws:PrincipalTag/team': 'x' } }
  const unknownVariable = { StringNotEquals: { 'iot:Topic': '${iot:Nothing}' } }
  for (const condition of [unknownKey, unknownVariable]) {
    expect(passes(condition)).toBe(false)
    expect(passes(condition, { effect: 'Deny' })).toBe(false)
  }
})

test('§6 several conditions must all hold, several values need one', () => {
  const variables = { 'iot:clientid': 'c', 'aws:sourceip': '10.0.0.1' }
  const client = { StringEquals: { 'iot:ClientId': ['b', 'c'] } }
  expect(passes(client, { variables })).toBe(true)
  expect(passes({ ...client, IpAddress: { 'aws:SourceIp': '11.0.0.0/8' } }, { variables })).toBe(false)
})

test('§6 variables in a condition: their value, or the one given for when they are unknown', () => {
  const context = { 'iot:Topic': ['to/c'] }
  const variables = { 'iot:clientid': 'c' }
  expect(passes({ StringLike: { 'iot:Topic': 'to/${iot:ClientId}' } }, { context, variables })).toBe(true)
  expect(passes({ StringEquals: { 'iot:Topic': "to/${iot:Nothing, 'c'}" } }, { context, variables })).toBe(
    true,
  )
})
