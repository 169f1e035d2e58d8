import { expect, test } from 'vitest'
import { readPolicyDocument } from './document.ts'
import { compilePolicy, type ConditionContext } from './evaluate.ts'

const topic = 'arn:aws:iot:eu-west-1:000000000000:topic/a/b'

function decide(
  statements: unknown,
  action = 'iot:Receive',
  context?: ConditionContext,
  resource = topic,
): boolean {
  const document = { Version: '2012-10-17', Statement: statements }
  const policy = compilePolicy(readPolicyDocument(document), { 'iot:ClientId': 'v-0' })
  return policy.decide(action, resource, context).allowed
}

const allow = { Effect: 'Allow', Action: 'iot:Receive', Resource: '*' }
const deny = { ...allow, Effect: 'Deny' }

// docs/aws-iot-core.md §6
test('nothing is allowed unless a statement says so', () => {
  expect(decide([])).toBe(false)
  expect(decide(allow)).toBe(true)
  expect(decide(allow, 'iot:Publish')).toBe(false)
})

test('a Deny beats any Allow, wherever it stands', () => {
  expect(decide([allow, deny])).toBe(false)
  expect(decide([deny, allow])).toBe(false)
})

test('actions take wildcards and no notice of case', () => {
  expect(decide({ ...allow, Action: 'IOT:rec*' })).toBe(true)
  expect(decide({ ...allow, Action: ['iot:Publish', '*'] })).toBe(true)
})

test('NotResource and NotAction say what a statement is not about', () => {
  expect(decide({ Effect: 'Allow', Action: 'iot:*', NotResource: '*/a/*' })).toBe(false)
  expect(decide({ Effect: 'Allow', NotAction: 'iot:Publish', Resource: '*' })).toBe(true)
})

test('an unknown variable lets an Allow match nothing and a Deny everything', () => {
  const resource = 'arn:aws:iot:*:*:topic/${iot:Connection.Thing.ThingName}'
  expect(decide({ ...allow, Resource: resource })).toBe(false)
  expect(decide([allow, { ...deny, Resource: resource }])).toBe(false)
})

test('conditions: a known key is compared, an unknown key or operator fails closed', () => {
  const context = { 'iot:LastWillTopic': ['arn:x:topic/will/a'] }
  const when = (operator: string, key: string, value: string) => ({
    Condition: { [operator]: { [key]: value } },
  })
  expect(
    decide({ ...allow, ...when('ArnLike', 'iot:LastWillTopic', '*:topic/will/*') }, 'iot:Receive', context),
  ).toBe(true)
  expect(
    decide({ ...allow, ...when('StringEquals', 'iot:LastWillTopic', '*') }, 'iot:Receive', context),
  ).toBe(false)
  expect(
    decide({ ...allow, ...when('StringNotEquals', 'iot:LastWillTopic', 'x') }, 'iot:Receive', context),
  ).toBe(true)
  for (const unknown of [
    when('StringEquals', 'aws:SourceVpc', 'vpc-1'),
    when('IpAddress', 'iot:LastWillTopic', 'x'),
  ]) {
    expect(decide({ ...allow, ...unknown }, 'iot:Receive', context)).toBe(false)
    expect(decide([allow, { ...deny, ...unknown }], 'iot:Receive', context)).toBe(false)
  }
})

test.each([
  ['a string that is no JSON', 'x'],
  ['no version', { Statement: allow }],
  ['an unknown effect', { Version: '2012-10-17', Statement: { ...allow, Effect: 'Maybe' } }],
  ['no action', { Version: '2012-10-17', Statement: { Effect: 'Allow', Resource: '*' } }],
  ['resource and not', { Version: '2012-10-17', Statement: { ...allow, NotResource: 'x' } }],
  ['a number for a resource', { Version: '2012-10-17', Statement: { ...allow, Resource: 1 } }],
  ['2049 characters', { Version: '2012-10-17', Statement: { ...allow, Resource: 'x'.repeat(2049) } }],
])('refuses a document with %s', (_, document) => {
  expect(() => readPolicyDocument(document)).toThrow(/policyDocuments\[0\]/)
})
