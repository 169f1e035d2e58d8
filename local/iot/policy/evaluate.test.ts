import { expect, test } from 'vitest'
import { readPolicyDocument } from './document.ts'
import type { ConditionContext } from './condition-keys.ts'
import { compilePolicy } from './evaluate.ts'

const topic = 'arn:aws:iot:eu-west-1:000000000000:topic/a/b'

function decide(
  statements: unknown,
  action = 'iot:Receive',
  context?: ConditionContext,
  resource = topic,
): boolean {
  const document = { Version: '2012-10-17', Statement: statements }
  const policy = compilePolicy(readPolicyDocument(document), { 'iot:clientid': 'v-0' })
  return policy.decide(action, resource, context).allowed
}

const allow = { Effect: 'Allow', Action: 'iot:Receive', Resource: '*' }
const deny = { ...allow, Effect: 'Deny' }

test('§6 nothing is allowed unless a statement says so', () => {
  expect(decide([])).toBe(false)
  expect(decide(allow)).toBe(true)
  expect(decide(allow, 'iot:Publish')).toBe(false)
})

test('§6 a Deny beats any Allow, wherever it stands', () => {
  expect(decide([allow, deny])).toBe(false)
  expect(decide([deny, allow])).toBe(false)
})

test('§6 actions take wildcards and no notice of case', () => {
  expect(decide({ ...allow, Action: 'IOT:rec*' })).toBe(true)
  expect(decide({ ...allow, Action: ['iot:Publish', '*'] })).toBe(true)
})

test('§6 NotResource and NotAction say what a statement is not about', () => {
  expect(decide({ Effect: 'Allow', Action: 'iot:*', NotResource: '*/a/*' })).toBe(false)
  expect(decide({ Effect: 'Allow', NotAction: 'iot:Publish', Resource: '*' })).toBe(true)
})

test('§6 an unknown variable lets an Allow match nothing and a Deny everything', () => {
  const resource = 'arn:aws:iot:*:*:topic/${iot:Connection.Thing.ThingName}'
  expect(decide({ ...allow, Resource: resource })).toBe(false)
  expect(decide([allow, { ...deny, Resource: resource }])).toBe(false)
})

test.each([
  ['a string that is no JSON', 'x'],
  ['no version', { Statement: allow }],
  ['an unknown effect', { Version: '2012-10-17', Statement: { ...allow, Effect: 'Maybe' } }],
  ['no action', { Version: '2012-10-17', Statement: { Effect: 'Allow', Resource: '*' } }],
  ['resource and not', { Version: '2012-10-17', Statement: { ...allow, NotResource: 'x' } }],
  ['a number for a resource', { Version: '2012-10-17', Statement: { ...allow, Resource: 1 } }],
  ['an element that IAM does not have', { Version: '2012-10-17', Statement: { ...allow, Actions: 'x' } }],
  ['a principal', { Version: '2012-10-17', Statement: { ...allow, Principal: '*' } }],
  [
    'an operator that IAM does not have',
    { Version: '2012-10-17', Statement: { ...allow, Condition: { Equals: { 'iot:Topic': 'x' } } } },
  ],
  [
    'an address that is none',
    {
      Version: '2012-10-17',
      Statement: { ...allow, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } } },
    },
  ],
  ['U+0000', { Version: '2012-10-17', Statement: { ...allow, Resource: 'a\u0000' } }],
  ['2049 characters', { Version: '2012-10-17', Statement: { ...allow, Resource: 'x'.repeat(2049) } }],
])('§6 refuses a document with %s', (_, document) => {
  expect(() => readPolicyDocument(document)).toThrow(/policyDocuments\[0\]/)
})
