import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Access,
  anyone,
  claim,
  type Claims,
  mayHear,
  mayPublish,
  nobody,
  role,
  signedIn,
} from './access.ts'
import { policyDocumentCharactersMax, policyDocumentsMax } from './aws-limits.ts'
import { findContract } from './contract.ts'
import { TopicContractError } from './errors.ts'
import { fillPattern } from './pattern.ts'
import { clientIdsOf, compilePolicy, type PolicyContract, type PolicyDocument } from './policy.ts'
import { checkPolicies } from './policy-check.ts'

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

/** Heard by staff, published to by its own agent. */
const typing: PolicyContract = {
  topic: 'rooms/{agentId}/typing',
  subscribe: role('staff'),
  publish: claim('agentId'),
}

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

  it('lets nobody publish to a topic that has a head, nor retain anything', () => {
    const documents = compilePolicy([...contracts, typing], agent('ann', 'staff'), arn)
    expect(allows(documents, 'iot:Publish', `${arn}:topic/campaigns/c1/total`)).toBe(false)
    expect(allows(documents, 'iot:RetainPublish', `${arn}:topic/campaigns/c1/total`)).toBe(false)
    expect(allows(documents, 'iot:RetainPublish', `${arn}:topic/rooms/ann/typing`)).toBe(false)
  })

  it("lets a signal's rules be two: who hears it, and who may publish", () => {
    const may = (claims: Claims, action: string, resource: string) =>
      allows(compilePolicy([typing], claims, arn), action, `${arn}:${resource}`)
    expect(may(agent('ann'), 'iot:Publish', 'topic/rooms/ann/typing')).toBe(true)
    expect(may(agent('ann'), 'iot:Subscribe', 'topicfilter/rooms/ann/typing')).toBe(false)
    expect(may(agent('bob'), 'iot:Publish', 'topic/rooms/ann/typing')).toBe(false)
    expect(may(agent('bob', 'staff'), 'iot:Subscribe', 'topicfilter/rooms/ann/typing')).toBe(true)
    expect(may(visitor, 'iot:Publish', 'topic/rooms/ann/typing')).toBe(false)
  })

  it('lets who may ask hear the answers to both its client IDs, and to no other', () => {
    const ask: PolicyContract = {
      topic: 'desks/{deskId}/ask',
      subscribe: nobody,
      publish: signedIn,
      reply: {},
    }
    const hears = (claims: Claims, clientId: string) =>
      allows(compilePolicy([ask], claims, arn), 'iot:Receive', `${arn}:topic/replies/${clientId}`)
    expect(['p1-0', 'p1-1'].map((clientId) => hears(agent('ann'), clientId))).toEqual([true, true])
    expect(['p1', 'p1-2', 'p2-0', '*'].map((id) => hears(agent('ann'), id))).toEqual(Array(4).fill(false))
    expect(hears(visitor, 'v1-0')).toBe(false)
  })

  it.each<[string, PolicyContract]>([
    ['a recorded topic', { topic: 'rooms/{roomId}/log/typing', subscribe: anyone }],
    ["another's signal", { topic: 'rooms/{roomId}/{x}/typing', subscribe: anyone, publish: role('staff') }],
  ])('is refused when who may publish a signal would publish to %s', (_, other) => {
    const open: PolicyContract = { topic: 'rooms/{roomId}/typing', subscribe: anyone, publish: anyone }
    expect(() => compilePolicy([open, other], visitor, arn)).toThrow(
      expect.objectContaining({
        code: 'POLICY_TOO_WIDE',
        message: expect.stringContaining(`rooms/*/typing reaches topics of ${other.topic}`),
      }),
    )
  })

  it("is refused when a claim's value makes a topic of replies", () => {
    const own: PolicyContract = { topic: '{agentId}/{x}', subscribe: claim('agentId') }
    expect(compilePolicy([own], agent('ann'), arn)).toHaveLength(1)
    expect(() => compilePolicy([own], agent('replies'), arn)).toThrow(
      expect.objectContaining({ code: 'POLICY_TOO_WIDE' }),
    )
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
    expect(() => compilePolicy(wide, claims, arn)).toThrow(
      expect.objectContaining({ code: 'POLICY_TOO_WIDE' }),
    )
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
    expect(() => compilePolicy(many(300), visitor, arn)).toThrow(
      expect.objectContaining({
        code: 'POLICY_TOO_LARGE',
        message: expect.stringMatching(
          /AWS takes 10 of 2048 characters; beyond them are topic\d+\/\{id\}, .* more/,
        ),
        topics: expect.arrayContaining(['topic299/{id}']),
      }),
    )
  })

  it('shares what topics begin with only when it must, and only where nothing stricter is reached', () => {
    const one = (index: number, changes: Partial<PolicyContract> = {}): PolicyContract => ({
      topic: `${index % 2 ? 'odd' : 'even'}/topic${index}/{id}`,
      subscribe: anyone,
      publish: anyone,
      ...changes,
    })
    const some = Array.from({ length: 20 }, (_, index) => one(index))
    const exact = compilePolicy(some, visitor, arn)
    expect(JSON.stringify(exact)).toContain('odd/topic19/*')
    // Only the odd ones may be shared: one of the even ones is not for visitors.
    const many = Array.from({ length: 300 }, (_, index) =>
      one(index, index === 150 ? { subscribe: signedIn } : {}),
    )
    const documents = compilePolicy(many, visitor, arn)
    expect(documents.length).toBeLessThanOrEqual(policyDocumentsMax)
    const hears = (topic: string) => allows(documents, 'iot:Subscribe', `${arn}:topicfilter/${topic}`)
    expect(['odd/topic299/x', 'even/topic298/x'].map(hears)).toEqual([true, true])
    expect(['even/topic150/x', 'even/other/x', 'odd', 'odd/#', 'odd/+/x', 'replies/v1-0'].map(hears)).toEqual(
      Array(6).fill(false),
    )
  })

  const word = fc.constantFrom('a', 'b', 'ab', 'a-b')
  const access = fc.constantFrom<Access>(anyone, signedIn, role('staff'), claim('p'))
  const contract = fc
    .tuple(
      fc.array(fc.oneof(word, fc.constantFrom('{p}', '{q}', '{r}')), { minLength: 1, maxLength: 4 }),
      access,
      fc.option(access, { nil: undefined }),
    )
    .filter(
      ([levels, rule, publish]) =>
        new Set(levels.filter((level) => level.startsWith('{'))).size ===
          levels.filter((level) => level.startsWith('{')).length &&
        ((rule.rule !== 'claim' && publish?.rule !== 'claim') || levels.includes('{p}')),
    )
    .map(([levels, subscribe, publish]): PolicyContract => {
      const topic = levels.join('/')
      return publish ? { topic, subscribe, publish } : { topic, subscribe }
    })
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
              const may = found !== undefined && mayHear(found.contract, who, found.parameters)
              for (const action of ['iot:Subscribe', 'iot:Receive'] as const) {
                const type = action === 'iot:Subscribe' ? 'topicfilter' : 'topic'
                expect(allows(documents, action, `${arn}:${type}/${topic}`)).toBe(may)
              }
              const publishes = found !== undefined && mayPublish(found.contract, who, found.parameters)
              expect(allows(documents, 'iot:Publish', `${arn}:topic/${topic}`)).toBe(publishes)
            }
          }
        },
      ),
      { numRuns: 1000 },
    )
    expect(compiled).toBeGreaterThan(100)
  })

  it('is never refused for who connects when the check found nothing', () => {
    const people = fc.record({
      principal: fc.constant('p1'),
      signedIn: fc.boolean(),
      roles: fc.subarray(['staff', 'other']),
      values: fc.dictionary(fc.constantFrom('p', 'q'), fc.constantFrom('a', 'b', 'ab', 'zz', 'replies')),
    })
    let [fine, refused] = [0, 0]
    fc.assert(
      fc.property(
        fc.array(contract, { minLength: 1, maxLength: 3 }),
        fc.array(people, { minLength: 10, maxLength: 30 }),
        (given, all) => {
          const findings = checkPolicies(given)
          const isRefused = all.some((who) => compileOrRefuse(given, who) === undefined)
          if (isRefused) refused += 1
          else fine += 1
          return !isRefused || findings.length > 0
        },
      ),
      { numRuns: 1000 },
    )
    expect(Math.min(fine, refused)).toBeGreaterThan(100)
  })
})
