/**
 * Whether every principal there can be will get a policy: what `compilePolicy` would throw while people connect, told
 * when the project is built.
 *
 * @module
 */
import type { Claims } from './access.ts'
import { TopicContractError } from './errors.ts'
import { fitPolicy } from './policy.ts'
import { checkReach, type PolicyContract, reserved, resourceOf, type Right, ruleOf } from './policy-grants.ts'
import { parsePattern } from './pattern.ts'
import { endsOf, mightReach } from './policy-reach.ts'

export interface PolicyFinding {
  readonly code: 'POLICY_TOO_WIDE' | 'POLICY_TOO_LARGE'
  /** Patterns of the contracts at fault. */
  readonly topics: readonly string[]
  readonly message: string
  readonly remedy: string
}

/** As long as an ARN's beginning gets in AWS's own partition; IOT_ARN_PREFIX has the real one. */
const longestArnPrefix = 'arn:aws:iot:ap-southeast-1:000000000000'

const longestPrincipal = 'x'.repeat(100)
const longestValue = 'x'.repeat(64)

/**
 * What is wrong with the contracts' policies: a contract whose resource reaches topics that another keeps from those it
 * is for, and principals whose documents exceed AWS's limits. Judged for a visitor, and for a signed-in person with
 * every role and claim that a contract names, each as long as it may be: who has fewer gets less.
 */
export function checkPolicies(contracts: readonly PolicyContract[]): PolicyFinding[] {
  const findings: PolicyFinding[] = []
  const seen = new Set<string>()
  const find = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      if (!(error instanceof TopicContractError)) throw error
      const { code, topics, message, remedy } = error
      if (code !== 'POLICY_TOO_WIDE' && code !== 'POLICY_TOO_LARGE') throw error
      if (!seen.has(message)) findings.push({ code, topics, message, remedy })
      seen.add(message)
    }
  }

  const byFirstWord = Map.groupBy(contracts, ({ topic }) => parsePattern(topic)[0]?.literal ?? '')
  for (const [word, family] of byFirstWord) {
    // A resource reaches topics that begin with its own first word, or with a parameter.
    const reachable = word === '' ? [...contracts, reserved] : [...family, ...(byFirstWord.get('') ?? [])]
    for (const contract of family) {
      for (const right of ['hear', 'publish'] as const) {
        if (ruleOf(contract, right).rule === 'nobody') continue
        const ends = endsOf(contract.topic.replaceAll(/\{\w+\}/g, '*'))
        for (const other of reachable) {
          if (mightReach(ends, other.topic)) find(() => checkPair(contract, other, right))
        }
      }
    }
  }
  // Too wide a contract is no policy at all, whatever its size.
  if (findings.length > 0) return findings
  const visitor: Claims = { principal: longestPrincipal, signedIn: false, roles: [], values: {} }
  find(() => fitPolicy(contracts, visitor, longestArnPrefix, visitor))
  // Widened only where everyone signed in may hear all of it, so that it fits for those with fewer roles, too.
  find(() => fitPolicy(contracts, everyRight(contracts), longestArnPrefix, { ...visitor, signedIn: true }))
  return findings
}

/**
 * Throws TopicContractError `POLICY_TOO_WIDE` when `contract` reaches topics of `other` for someone who has what its
 * rule asks and nothing more. A claim's value matters only where it equals one of the other's words.
 */
function checkPair(contract: PolicyContract, other: PolicyContract, right: Right): void {
  const rule = ruleOf(contract, right)
  const least: Claims = { principal: 'p', signedIn: rule.rule !== 'anyone', roles: [], values: {} }
  const words = parsePattern(other.topic).flatMap(({ literal }) => literal ?? [])
  const values = rule.rule === 'claim' ? [longestValue, ...words] : ['']
  for (const value of values) {
    const claims: Claims = {
      ...least,
      roles: rule.rule === 'role' ? [rule.role] : [],
      values: rule.rule === 'claim' ? { [rule.claim]: value } : {},
    }
    const resource = resourceOf(contract.topic, rule, claims)
    if (resource !== undefined) checkReach(contract.topic, resource, [other], claims, right)
  }
}

/** Someone with every role and claim that a contract names. */
function everyRight(contracts: readonly PolicyContract[]): Claims {
  const rules = contracts.flatMap((contract) => [ruleOf(contract, 'hear'), ruleOf(contract, 'publish')])
  return {
    principal: longestPrincipal,
    signedIn: true,
    roles: rules.flatMap((rule) => (rule.rule === 'role' ? [rule.role] : [])),
    values: Object.fromEntries(
      rules.flatMap((rule) => (rule.rule === 'claim' ? [[rule.claim, longestValue]] : [])),
    ),
  }
}
