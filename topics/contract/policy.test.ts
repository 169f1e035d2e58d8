import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Access, anyone, claim, type Claims, mayHear, role, signedIn } from './access.ts'
import { policyDocumentCharactersMax, policyDocumentsMax } from './aws-limits.ts'
import { findContract } from './contract.ts'
import { TopicContractError } from './errors.ts'
import { fillPattern } from './pattern.ts'
import { clientIdsOf, compilePolicy, type PolicyContract, type PolicyDocument } from './policy.ts'
import { reaches } from './policy-reach.ts'

const arn = 'arn:aws:iot:eu-west-1:000000000000'

/** AWS's rules: an explicit Deny wins, nothing is allowed unless said, `*` spans any characters, `?` is one. */
function allows(documents: readonly PolicyDocument[], action: string, resource: string): boolean {
  const matching = documents
    .flatMap((document) => document.Statement)
    .filter(
      (statement) => statement.Action === action && statement.Resource.some((one) => glob(one, resource)),
    )
  return (
    matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny')
  )
}

function glob(pattern: string, text: string): boolean {
  const source = pattern.replaceAll(/[.+^${}()|[\]\\/#]/g, String.raw`\$&`)
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text)
}

const visitor: Claims = { principal: 'v1', signedIn: false, roles: [], values: {} }
const agent = (agentId: string, ...roles: string[]): Claims => ({
  principal: 'p1',
  signedIn: true,
  roles,
  values: { agentId },
})
const totals: PolicyContract = { topic: 'campaigns/{campaignId}/total', subscribe: anyone }
const suggestions: PolicyContract = { topic: 'agents/{agentId}/suggestions', subscribe: claim('agentId') }
const contracts = [totals, suggestions, { topic: 'desk/{deskId}', subscribe: role('staff') }]

const subscribes = (claims: Claims, filter: string) =>
  allows(compilePolicy(contracts, claims, arn), 'iot:Subscribe', `${arn}:topicfilter/${filter}`)

/** The policy, or undefined when it is refused as too wide. */
function compileOrRefuse(given: readonly PolicyContract[], who: Claims): PolicyDocument[] | undefined {
  try {
    return compilePolicy(given, who, arn)
  } catch (error) {
    if (error instanceof TopicContractError && error.code === 'POLICY_TOO_WIDE') return undefined
    throw error
  }
}

describe('a compiled policy', () => {
  it('lets a principal connect under its two client IDs and no other', () => {
    const documents = compilePolicy(contracts, visitor, arn)
    const connects = (clientId: string) => allows(documents, 'iot:Connect', `${arn}:client/${clientId}`)
    expect(clientIdsOf('v1').map(connects)).toEqual([true, true])
    expect(['v1', 'v1-2', 'v2-0', 'v1-0x', '+', '*', 'v1-*'].map(connects)).toEqual(Array(7).fill(false))
  })

  it.each(['iot:Publish', 'iot:RetainPublish'])('never allows %s', (action) => {
    const documents = compilePolicy(contracts, agent('ann', 'staff'), arn)
    expect(allows(documents, action, `${arn}:topic/campaigns/c1/total`)).toBe(false)
  })

  it('lets a visitor hear what anyone may, by its exact name only', () => {
    expect(subscribes(visitor, 'campaigns/c1/total')).toBe(true)
    const heard = [
      '#',
      'campaigns/#',
      'campaigns/+/total',
      'campaigns/c1/+',
      'campaigns/c1/total/#',
      'campaigns/+/x/total',
      'agents/ann/suggestions',
      'desk/1',
      '$share/g/campaigns/c1/total',
      '$aws/events/presence/connected/x',
    ].filter((filter) => subscribes(visitor, filter))
    expect(heard).toEqual([])
  })

  it('binds a claim, and grants nothing for an unfit or missing one', () => {
    expect(subscribes(agent('ann'), 'agents/ann/suggestions')).toBe(true)
    expect(subscribes(agent('ann'), 'agents/bob/suggestions')).toBe(false)
    const unfit = ['*', '+', 'a/b', '?nn', '']
    expect(unfit.filter((value) => subscribes(agent(value), 'agents/ann/suggestions'))).toEqual([])
    expect(subscribes({ ...agent('ann'), signedIn: false }, 'agents/ann/suggestions')).toBe(false)
  })

  it('refuses a principal that a resource would read as a pattern', () => {
    for (const principal of ['*', 'v-1', '', 'a'.repeat(101)]) {
      expect(() => compilePolicy(contracts, { ...visitor, principal }, arn)).toThrow(TopicContractError)
    }
  })

  it.each<[string, PolicyContract[], Claims]>([
    [
      'spans slashes into a stricter topic',
      [
        { topic: 'a/{x}/total', subscribe: anyone },
        { topic: 'a/{x}/private/{y}/total', subscribe: role('staff') },
      ],
      visitor,
    ],
    [
      'shares a topic with a stricter contract',
      [
        { topic: 'a/{x}', subscribe: anyone },
        { topic: 'a/b', subscribe: signedIn },
      ],
      visitor,
    ],
    ['begins with a parameter', [{ topic: '{tenant}/news', subscribe: anyone }], visitor],
    [
      "reaches another's claimed topics",
      [
        { topic: 'a/{x}/{y}', subscribe: signedIn },
        { topic: 'a/{agentId}/inbox', subscribe: claim('agentId') },
      ],
      agent('ann'),
    ],
  ])('is refused when a resource %s', (_, wide, claims) => {
    expect(() => compilePolicy(wide, claims, arn)).toThrow(/POLICY_TOO_WIDE|policy resource/)
  })

  it('lets a role hear what its resource reaches, when it may', () => {
    const nested: PolicyContract[] = [
      { topic: 'a/{x}/total', subscribe: anyone },
      { topic: 'a/{x}/private/{y}/total', subscribe: role('staff') },
    ]
    const documents = compilePolicy(nested, agent('ann', 'staff'), arn)
    expect(allows(documents, 'iot:Receive', `${arn}:topic/a/1/private/2/total`)).toBe(true)
  })

  it('splits into documents AWS takes, and refuses more than that', () => {
    const many = (count: number): PolicyContract[] =>
      Array.from({ length: count }, (_, index) => ({ topic: `topic${index}/{id}`, subscribe: anyone }))
    const documents = compilePolicy(many(80), visitor, arn)
    expect(documents.length).toBeGreaterThan(1)
    expect(documents.length).toBeLessThanOrEqual(policyDocumentsMax)
    for (const document of documents) {
      expect(JSON.stringify(document).length).toBeLessThanOrEqual(policyDocumentCharactersMax)
    }
    expect(allows(documents, 'iot:Subscribe', `${arn}:topicfilter/topic79/x`)).toBe(true)
    expect(() => compilePolicy(many(300), visitor, arn)).toThrow(/AWS takes 10 of 2048/)
  })

  const word = fc.constantFrom('a', 'b', 'ab', 'a-b')
  const access = fc.constantFrom<Access>(anyone, signedIn, role('staff'), claim('p'))
  const contract = fc
    .tuple(
      fc.array(fc.oneof(word, fc.constantFrom('{p}', '{q}', '{r}')), { minLength: 1, maxLength: 4 }),
      access,
    )
    .filter(
      ([levels, rule]) =>
        new Set(levels.filter((level) => level.startsWith('{'))).size ===
          levels.filter((level) => level.startsWith('{')).length &&
        (rule.rule !== 'claim' || levels.includes('{p}')),
    )
    .map(([levels, subscribe]): PolicyContract => ({ topic: levels.join('/'), subscribe }))
  const claims = fc.record({
    principal: fc.constant('p1'),
    signedIn: fc.boolean(),
    roles: fc.constantFrom([], ['staff'], ['other']),
    values: fc.constantFrom<Record<string, string>>({}, { p: 'a' }, { p: 'b' }, { q: 'a' }),
  })

  it('allows a topic if and only if its access rule does, for any contracts and principal, or is refused whole', () => {
    let compiled = 0
    fc.assert(
      fc.property(
        fc.array(contract, { minLength: 1, maxLength: 3 }),
        claims,
        fc.array(fc.tuple(word, word, word), { minLength: 5, maxLength: 20 }),
        (given, who, fillings) => {
          const documents = compileOrRefuse(given, who)
          if (!documents) return
          compiled += 1
          for (const { topic: pattern } of given) {
            for (const [p, q, r] of fillings) {
              const topic = fillPattern(pattern, { p, q, r })
              const found = findContract(given, topic)
              // Two contracts of one topic: whichever is found, both agree, or the policy would have been refused.
              const may = found !== undefined && mayHear(found.contract.subscribe, who, found.parameters)
              for (const action of ['iot:Subscribe', 'iot:Receive'] as const) {
                const type = action === 'iot:Subscribe' ? 'topicfilter' : 'topic'
                expect(allows(documents, action, `${arn}:${type}/${topic}`)).toBe(may)
              }
            }
          }
        },
      ),
      { numRuns: 1000 },
    )
    expect(compiled).toBeGreaterThan(100)
  })
})

describe('reaches', () => {
  it.each([
    ['a/*/total', 'a/{x}/total', {}, true],
    ['a/*/total', 'a/{x}/b/{y}/total', {}, true],
    ['a/*/total', 'a/{x}/b', {}, false],
    ['a/ann/inbox', 'a/{p}/inbox', { p: 'ann' }, false],
    ['a/ann/inbox', 'a/{p}/inbox', { p: 'bob' }, true],
    ['a/*', 'a/{p}', { p: 'ann' }, true],
    ['a/*', 'b/{p}', {}, false],
    ['a/*', 'a', {}, false],
    ['a*', 'a/b', {}, true],
  ])('%s reaches a topic of %s but %j: %s', (resource, pattern, except, expected) => {
    expect(reaches(resource, pattern, except)).toBe(expected)
  })
})
