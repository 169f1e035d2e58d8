/**
 * For sets of contracts as large and as mixed as AWS's documents hold: what the rules say, told by a model of its own,
 * is what the local broker's evaluator of IAM makes of the compiled policy.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { localAccount } from '../local/aws.ts'
import { readAuthorizerAnswer } from '../local/iot/auth/authorizer-answer.ts'
import { compilePolicy as evaluator } from '../local/iot/policy/evaluate.ts'
import { type IotAction, Permissions } from '../local/iot/policy/permissions.ts'
import {
  type Access,
  anyone,
  checkPolicies,
  claim,
  type Claims,
  compilePolicy,
  nobody,
  role,
  signedIn,
} from '../topics/contract/index.ts'
import type { PolicyContract } from '../topics/contract/policy.ts'

const arnPrefix = `arn:aws:iot:${localAccount.region}:${localAccount.accountId}`

const words = ['rooms', 'desks', 'room', 'a', 'constructor', 'all', 'x-1']
const parameters = ['agentId', 'teamId', 'constructor', 'toString']
const values = ['ann', 'all', 'a', 'rooms', 'replies', 'z'.repeat(64)]
const roles = ['staff', 'desk', 'constructor']

const level = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...words) },
  { weight: 2, arbitrary: fc.constantFrom(...parameters.map((name) => `{${name}}`)) },
)
const openAccess = fc.constantFrom<Access>(anyone, signedIn, nobody, ...roles.map(role))

/** Contracts as they come: short, alike, nested, beginning with a parameter. Most sets of more than a few are refused. */
const nested = aContract(fc.array(level, { minLength: 1, maxLength: 3 }), openAccess)

/** Contracts of some families that begin alike, each with a word of its own: as many as AWS's documents hold, and more. */
const family = aContract(
  fc
    .tuple(fc.nat({ max: 12 }), fc.nat({ max: 500 }), fc.array(level, { maxLength: 2 }))
    .map(([kin, own, rest]) => [`family${kin}`, `topic-of-some-length-${own}`].concat(rest)),
  fc.oneof({ weight: 6, arbitrary: fc.constant<Access>(anyone) }, { weight: 1, arbitrary: openAccess }),
)

const contractSet = fc
  .oneof(
    fc.array(nested, { minLength: 1, maxLength: 4 }),
    fc.array(family, { minLength: 60, maxLength: 200, size: 'max' }),
  )
  .map((contracts) => Array.from(new Map(contracts.map((one) => [one.topic, one])).values()))

function aContract(
  pattern: fc.Arbitrary<string[]>,
  rule: fc.Arbitrary<Access>,
): fc.Arbitrary<PolicyContract> {
  return fc
    .record({
      levels: pattern,
      hears: rule,
      says: fc.option(rule, { nil: undefined, freq: 1 }),
      bound: fc.constantFrom('none', 'none', 'hear', 'publish', 'both'),
      reply: fc.boolean(),
    })
    .map(({ levels, hears, says, bound, reply }) => {
      const once = levels.filter((one, at) => !one.startsWith('{') || levels.indexOf(one) === at)
      const name = once.flatMap((one) => /^\{(\w+)\}$/.exec(one)?.[1] ?? [])[0]
      const own = name === undefined ? undefined : claim(name)
      const publish = own && ['publish', 'both'].includes(bound) ? own : says
      const subscribe = own && ['hear', 'both'].includes(bound) ? own : hears
      const topic = once.join('/')
      if (!publish) return { topic, subscribe }
      return reply ? { topic, subscribe, publish, reply: {} } : { topic, subscribe, publish }
    })
}

const person: fc.Arbitrary<Claims> = fc.record({
  principal: fc.constantFrom('p1', 'v'.repeat(100)),
  signedIn: fc.boolean(),
  roles: fc.subarray(roles),
  values: fc.dictionary(fc.constantFrom(...parameters), fc.constantFrom(...values)),
})

/** The model: whether a rule lets someone, by the contract's own pattern and nothing else. */
function lets(rule: Access, who: Claims, pattern: string, topic: string): boolean {
  const levels = topic.split('/')
  switch (rule.rule) {
    case 'anyone':
      return true
    case 'signedIn':
      return who.signedIn
    case 'role':
      return who.signedIn && who.roles.includes(rule.role)
    case 'claim': {
      const at = pattern.split('/').indexOf(`{${rule.claim}}`)
      return who.signedIn && Object.hasOwn(who.values, rule.claim) && who.values[rule.claim] === levels[at]
    }
    case 'nobody':
      return false
  }
}

/** Whether a topic is one of the pattern's. */
function fits(pattern: string, topic: string): boolean {
  const [wanted, levels] = [pattern.split('/'), topic.split('/')]
  return (
    wanted.length === levels.length && wanted.every((one, at) => one.startsWith('{') || one === levels[at])
  )
}

function permissionsOf(contracts: readonly PolicyContract[], who: Claims): Permissions {
  const answer = readAuthorizerAnswer({
    isAuthenticated: true,
    principalId: who.principal,
    disconnectAfterInSeconds: 300,
    refreshAfterInSeconds: 300,
    policyDocuments: compilePolicy(contracts, who, arnPrefix),
  })
  return new Permissions({ principal: who.principal, policy: evaluator(answer.statements, {}) })
}

/** Where the policy says otherwise than the rules, in words. */
function disagreements(
  contracts: readonly PolicyContract[],
  who: Claims,
  fillings: readonly string[],
): string[] {
  const permissions = permissionsOf(contracts, who)
  const wrong: string[] = []
  const check = (action: IotAction, name: string, expected: boolean): void => {
    if (permissions.may(action, name) !== expected)
      wrong.push(`${action} ${name}: ${!expected}, by its policy`)
  }
  for (const { topic: pattern } of contracts) {
    for (const first of fillings.keys()) {
      let next = first
      const topic = pattern.replaceAll(/\{\w+\}/g, () => fillings[next++ % fillings.length] ?? '')
      // A topic of several contracts is for whom any of them lets.
      const of = contracts.filter((one) => fits(one.topic, topic))
      const hears = of.some((one) => lets(one.subscribe, who, one.topic, topic))
      check('Subscribe', topic, hears)
      check('Receive', topic, hears)
      check(
        'Publish',
        topic,
        of.some((one) => lets(one.publish ?? nobody, who, one.topic, topic)),
      )
      check('RetainPublish', topic, false)
    }
    const filter = pattern.replaceAll(/\{\w+\}/g, '+')
    if (filter !== pattern) check('Subscribe', filter, false)
  }
  for (const name of ['replies/other-0', `replies/${who.principal}`, '$aws/events/presence/connected/x']) {
    for (const action of ['Subscribe', 'Receive', 'Publish'] as const) check(action, name, false)
  }
  return wrong
}

it('a policy of up to 200 contracts grants what their rules let a principal, and nothing they deny', () => {
  let [small, large] = [0, 0]
  fc.assert(
    fc.property(
      contractSet,
      fc.array(person, { minLength: 3, maxLength: 3 }),
      fc.array(fc.constantFrom(...values), { minLength: 5, maxLength: 5 }),
      (contracts, people, fillings) => {
        if (checkPolicies(contracts).length > 0) return
        if (contracts.length > 50) large += 1
        else small += 1
        expect(people.flatMap((who) => disagreements(contracts, who, fillings))).toEqual([])
      },
    ),
    { numRuns: 150 },
  )
  expect(Math.min(small, large)).toBeGreaterThan(5)
})
