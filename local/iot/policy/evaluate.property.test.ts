import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPolicyDocument } from './document.ts'
import { compilePolicy } from './evaluate.ts'
import { Permissions } from './permissions.ts'

/** A statement as it stands in a document. */
interface Written {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: string[]
  readonly NotAction?: string[]
  readonly Resource?: string[]
  readonly NotResource?: string[]
  readonly Condition?: Record<string, Record<string, string[]>>
}

interface World {
  readonly action: string
  readonly resource: string
  readonly clientId: string
  readonly will: string | undefined
}

/** What IAM says, in as few words as it takes: the model that the evaluator is held against. */
function model(statements: readonly Written[], world: World): boolean {
  const applying = statements.filter((statement) => applies(statement, world))
  return (
    applying.some(({ Effect }) => Effect === 'Allow') && !applying.some(({ Effect }) => Effect === 'Deny')
  )
}

function applies(statement: Written, world: World): boolean {
  const action = (pattern: string): boolean => regexp(pattern.toLowerCase()).test(world.action.toLowerCase())
  const resource = (pattern: string): boolean => regexp(pattern, world.clientId).test(world.resource)
  if (statement.Action && !statement.Action.some(action)) return false
  if (statement.NotAction?.some(action)) return false
  if (statement.Resource && !statement.Resource.some(resource)) return false
  if (statement.NotResource?.some(resource)) return false
  const wanted = statement.Condition?.['StringLike']?.['iot:LastWillTopic']
  if (
    wanted &&
    !(
      world.will !== undefined && wanted.some((value) => regexp(value, world.clientId).test(world.will ?? ''))
    )
  )
    return false
  const unwanted = statement.Condition?.['StringNotEquals']?.['iot:ClientId']
  return !unwanted?.includes(world.clientId)
}

/** `*` and `?` of the document as a regular expression; the client ID's own characters are plain. */
function regexp(pattern: string, clientId = ''): RegExp {
  const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const parts = pattern
    .split('${iot:ClientId}')
    .map((part) => escaped(part).replaceAll('\\*', '[^]*').replaceAll('\\?', '[^]'))
  return new RegExp(`^${parts.join(escaped(clientId))}$`)
}

const action = fc.constantFrom('iot:Publish', 'iot:Receive', 'iot:RetainPublish')
const actionPattern = fc.oneof(action, fc.constantFrom('*', 'iot:*', 'IOT:PUBLISH', 'iot:R*', 'iot:?ublish'))
const name = fc
  .array(fc.constantFrom('a', 'b', 'c*', '+', '#'), { minLength: 1, maxLength: 3 })
  .map((levels) => levels.join('/'))
const arn = 'arn:aws:iot:eu-west-1:000000000000:topic/'
const resourcePattern = fc
  .array(fc.constantFrom('a', 'b', '*', '?', '/', '${iot:ClientId}', '+', '#'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => arn + parts.join(''))
const clientId = fc.constantFrom('a', 'c*', 'b', '?')
const list = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value[]> =>
  fc.array(value, { minLength: 1, maxLength: 3 })

const condition = fc.oneof(
  fc.constant({}),
  fc.record({
    Condition: fc.record({
      StringLike: fc.record({ 'iot:LastWillTopic': list(fc.constantFrom('a', 'b*', '${iot:ClientId}/?')) }),
    }),
  }),
  fc.record({ Condition: fc.record({ StringNotEquals: fc.record({ 'iot:ClientId': list(clientId) }) }) }),
)
const statement: fc.Arbitrary<Written> = fc
  .tuple(
    fc.constantFrom('Allow' as const, 'Allow' as const, 'Deny' as const),
    fc.oneof(fc.record({ Action: list(actionPattern) }), fc.record({ NotAction: list(actionPattern) })),
    fc.oneof(
      fc.record({ Resource: list(resourcePattern) }),
      fc.record({ NotResource: list(resourcePattern) }),
    ),
    condition,
  )
  .map(([Effect, ...elements]) => Object.assign({ Effect }, ...elements) as Written)
const world: fc.Arbitrary<World> = fc.record({
  action,
  resource: name.map((topic) => arn + topic),
  clientId,
  will: fc.constantFrom(undefined, 'a', 'b', 'bb', 'c*/a'),
})

test('§6 decides as a model of IAM does, and the verdicts say the same', () => {
  let allowedOnce = 0
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 5 }), world, (statements, seen) => {
      const document = { Version: '2012-10-17', Statement: statements }
      const policy = compilePolicy(readPolicyDocument(document, 0, { charactersMax: 100_000 }), {
        'iot:clientid': seen.clientId,
      })
      const context = seen.will === undefined ? {} : { 'iot:LastWillTopic': [seen.will] }
      const decision = policy.decide(seen.action, seen.resource, context)
      expect(decision.allowed).toBe(model(statements, seen))
      const verdicts = policy.verdicts(seen.action, seen.resource, context)
      for (const verdict of verdicts) {
        const written = statements[verdict.index]
        expect(verdict.applies).toBe(written !== undefined && applies(written, seen))
      }
      const deciding = verdicts.find(({ applies }) => applies)
      expect(decision.statement?.index).toBe(deciding?.index)
      allowedOnce += decision.allowed ? 1 : 0
    }),
    { numRuns: 5000 },
  )
  // The worlds are no use if nothing in them is ever allowed.
  expect(allowedOnce).toBeGreaterThan(100)
})

test('§6 what is remembered for a connection is what would be decided anew', () => {
  const topics = list(name)
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 4 }), clientId, topics, (statements, id, asked) => {
      const document = { Version: '2012-10-17', Statement: statements }
      const policy = compilePolicy(readPolicyDocument(document, 0, { charactersMax: 100_000 }), {
        'iot:clientid': id,
      })
      const permissions = new Permissions({ principal: 'p', policy })
      for (const topic of [...asked, ...asked])
        expect(permissions.mayReceive(topic)).toBe(policy.decide('iot:Receive', arn + topic).allowed)
    }),
    { numRuns: 500 },
  )
})
