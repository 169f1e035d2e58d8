import { expect, test } from 'vitest'
import { statement } from '../testing/an-authorizer.ts'
import { variablesOf } from './condition-keys.ts'
import { readPolicyDocument } from './document.ts'
import { compilePolicy } from './evaluate.ts'
import { type Denial, Permissions } from './permissions.ts'

const source = { clientId: 'c', sourceIp: '10.0.0.1', domainName: 'localhost', principal: 'p' }

interface Made {
  readonly permissions: Permissions
  readonly denials: Denial[]
}

function permissionsOf(
  statements: object[],
  { thing, now = () => 0 }: { thing?: Parameters<typeof variablesOf>[0]['thing']; now?: () => number } = {},
): Made {
  const denials: Denial[] = []
  const document = { Version: '2012-10-17', Statement: statements }
  const policy = compilePolicy(readPolicyDocument(document), variablesOf({ ...source, thing }), now)
  return {
    denials,
    permissions: new Permissions({ principal: 'p', policy, onDenied: (denial) => denials.push(denial) }),
  }
}

test('§6 a denial says who, what, to what, and which statement decided', () => {
  const { permissions, denials } = permissionsOf([
    statement('Allow', 'iot:*', 'topic/*'),
    { ...statement('Deny', 'iot:Publish', 'topic/secret'), Sid: 'Secret' },
  ])
  expect(permissions.may('Publish', 'open')).toBe(true)
  expect(permissions.may('Publish', 'secret')).toBe(false)
  expect(permissions.may('GetThingShadow', 'secret')).toBe(false)
  const arn = 'arn:aws:iot:eu-west-1:000000000000:'
  expect(denials).toEqual([
    {
      principal: 'p',
      action: 'iot:Publish',
      resource: `${arn}topic/secret`,
      because: 'Secret denies it',
      statement: { document: 0, index: 1, sid: 'Secret', id: 'Secret', effect: 'Deny' },
    },
    {
      principal: 'p',
      action: 'iot:GetThingShadow',
      resource: `${arn}thing/secret`,
      because: 'no statement allows it',
      statement: undefined,
    },
  ])
})

test('§6 explain says what each statement made of it, and tells nobody of a refusal', () => {
  const { permissions, denials } = permissionsOf([
    statement('Allow', 'iot:Subscribe', 'topicfilter/a'),
    statement('Allow', 'iot:Publish', 'topic/b'),
    { ...statement('Allow', 'iot:Publish', 'topic/a'), Condition: { StringEquals: { 'iot:ClientId': 'd' } } },
  ])
  const explained = permissions.explain('Publish', 'a')
  expect(explained).toMatchObject({
    allowed: false,
    action: 'iot:Publish',
    because: 'no statement allows it',
  })
  expect(explained.statements.map(({ id, applies, because }) => [id, applies, because])).toEqual([
    ['policyDocuments[0].Statement[0]', false, 'its actions do not match'],
    ['policyDocuments[0].Statement[1]', false, 'its resources do not match'],
    ['policyDocuments[0].Statement[2]', false, 'its condition StringEquals iot:ClientId does not hold'],
  ])
  expect(denials).toEqual([])
})

test('§6 a decision that depends on the time is not remembered', () => {
  let now = Date.parse('2026-10-06T00:00:00Z')
  const receive = {
    ...statement('Allow', 'iot:Receive', 'topic/a'),
    Condition: { DateLessThan: { 'aws:CurrentTime': '2026-10-07T00:00:00Z' } },
  }
  const { permissions } = permissionsOf([receive], { now: () => now })
  expect(permissions.mayReceive('a')).toBe(true)
  now += 86_400_000
  expect(permissions.mayReceive('a')).toBe(false)
})

test('§6 the variables of a thing are those of the thing whose name is the client ID', () => {
  const thing = { thingName: 'c', thingTypeName: 'till', attributes: { Room: '7' }, principals: ['p'] }
  const statements = [
    statement(
      'Allow',
      'iot:Publish',
      'topic/${iot:Connection.Thing.ThingName}/${iot:Connection.Thing.Attributes[Room]}',
    ),
    {
      ...statement('Allow', 'iot:Connect', 'client/${iot:Connection.Thing.ThingName}'),
      Condition: { Bool: { 'iot:Connection.Thing.IsAttached': ['true'] } },
    },
  ]
  const { permissions } = permissionsOf(statements, { thing })
  expect(permissions.may('Publish', 'c/7')).toBe(true)
  expect(permissions.may('Connect', 'c')).toBe(true)
  const unattached = permissionsOf(statements, { thing: { ...thing, principals: [] } }).permissions
  expect(unattached.may('Connect', 'c')).toBe(false)
  const unregistered = permissionsOf(statements).permissions
  expect(unregistered.may('Publish', 'c/7')).toBe(false)
})

test('§6 aws:SourceIp and iot:DomainName, as variables and as condition keys', () => {
  const { permissions } = permissionsOf([
    {
      ...statement('Allow', 'iot:Publish', 'topic/${iot:DomainName}/${aws:SourceIp}'),
      Condition: {
        IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
        StringEquals: { 'iot:DomainName': 'localhost' },
      },
    },
  ])
  expect(permissions.may('Publish', 'localhost/10.0.0.1')).toBe(true)
  expect(permissions.may('Publish', 'localhost/10.0.0.2')).toBe(false)
})

test('§6 in a document of version 2008-10-17, ${ is plain text', () => {
  const allow = statement('Allow', 'iot:Publish', 'topic/${iot:ClientId}')
  const policy = compilePolicy(
    readPolicyDocument({ Version: '2008-10-17', Statement: allow }),
    variablesOf(source),
  )
  const permissions = new Permissions({ principal: 'p', policy })
  expect(permissions.may('Publish', 'c')).toBe(false)
  expect(permissions.may('Publish', '${iot:ClientId}')).toBe(true)
})
