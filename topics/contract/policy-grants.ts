/**
 * What claims may hear and publish, as policy resources: a pattern with `*` for each free parameter and the value for a
 * claimed one. Nothing is granted that another contract keeps from these claims.
 *
 * @module
 */
import { type Access, claimed, type Claims, describeAccess, meets } from './access.ts'
import { TopicContractError } from './errors.ts'
import { parameterPattern, parsePattern } from './pattern.ts'
import { endsOf, mightReach, reaches } from './policy-reach.ts'
import { repliesTopic } from './signal-message.ts'

/** What a policy needs of a contract. */
export interface PolicyContract {
  readonly topic: string
  readonly subscribe: Access
  /** Who may publish by MQTT; nobody when absent. */
  readonly publish?: Access
  /** Present when a publish is a request, so that who publishes hears replies. */
  readonly reply?: unknown
}

/** `hear` is iot:Subscribe and iot:Receive, `publish` is iot:Publish. */
export type Right = 'hear' | 'publish'

export interface Grant {
  /** As a policy writes it, after `topic/` or `topicfilter/`. */
  readonly resource: string
  /** The contract that grants it; a widened grant has several. */
  readonly patterns: readonly string[]
}

/**
 * The grants of these claims. Throws TopicContractError `POLICY_TOO_WIDE` when one would reach topics that the claims
 * may not hear, or not publish to.
 */
export function grantsOf(contracts: readonly PolicyContract[], claims: Claims, right: Right): Grant[] {
  const grants = new Map<string, Grant>()
  const all = [...contracts, reserved]
  for (const contract of contracts) {
    const resource = resourceOf(contract.topic, ruleOf(contract, right), claims)
    if (resource === undefined || grants.has(resource)) continue
    checkReach(contract.topic, resource, all, claims, right)
    grants.set(resource, { resource, patterns: [contract.topic] })
  }
  return [...grants.values()]
}

/** Topics that no contract has and no grant may reach, but for the principal's own replies. */
export const reserved: PolicyContract = { topic: `${repliesTopic}/{clientId}`, subscribe: { rule: 'nobody' } }

/** Throws TopicContractError `POLICY_TOO_WIDE` when what the contract grants these claims reaches a topic kept from them. */
export function checkReach(
  pattern: string,
  resource: string,
  contracts: readonly PolicyContract[],
  claims: Claims,
  right: Right,
): void {
  const problem = overreach(resource, contracts, claims, right)
  if (problem) throw tooWide(pattern, problem)
}

/** Whether these claims may publish to a topic that is a request's, and so hear its reply. */
export function mayRequest(contracts: readonly PolicyContract[], claims: Claims): boolean {
  return contracts.some(
    (contract) =>
      contract.reply !== undefined &&
      resourceOf(contract.topic, ruleOf(contract, 'publish'), claims) !== undefined,
  )
}

/** The rule that a right goes by. */
export function ruleOf(contract: PolicyContract, right: Right): Access {
  return right === 'hear' ? contract.subscribe : (contract.publish ?? { rule: 'nobody' })
}

/** The resource that a rule grants these claims, or undefined when it grants none. */
export function resourceOf(topic: string, rule: Access, claims: Claims): string | undefined {
  const bound = new Map<string, string>()
  if (rule.rule === 'claim') {
    const value = claimed(claims, rule.claim)
    // An unfit value can equal no parameter, so it grants nothing; in a resource its characters could grant much.
    if (value === undefined || !parameterPattern.test(value)) return undefined
    bound.set(rule.claim, value)
  }
  if (!meets(rule, claims, Object.fromEntries(bound))) return undefined
  const segments = parsePattern(topic)
  const first = segments[0]?.parameter
  if (first !== undefined && !bound.has(first)) {
    throw tooWide(
      topic,
      'a topic that begins with a parameter reaches the topics that AWS reserves ($aws/…, $share/…)',
    )
  }
  return segments
    .map(({ literal, parameter }) => (parameter === undefined ? literal : (bound.get(parameter) ?? '*')))
    .join('/')
}

/**
 * What keeps these claims from having a resource: a topic it matches that a contract's rule keeps from them. Undefined
 * when nothing does. In policies `*` spans `/`.
 */
export function overreach(
  resource: string,
  contracts: readonly PolicyContract[],
  claims: Claims,
  right: Right,
): string | undefined {
  const ends = endsOf(resource)
  for (const contract of contracts) {
    if (!mightReach(ends, contract.topic)) continue
    const rule = ruleOf(contract, right)
    const except =
      rule.rule === 'claim' && claims.signedIn ? { [rule.claim]: claimed(claims, rule.claim) } : {}
    const all = rule.rule !== 'claim' && meets(rule, claims, {})
    if (!all && reaches(resource, contract.topic, except)) {
      const what = right === 'hear' ? 'hear' : 'publish to'
      return `its resource ${resource} reaches topics of ${contract.topic}, which ${describeAccess(rule)} may ${what}`
    }
  }
  return undefined
}

function tooWide(topic: string, problem: string): TopicContractError {
  return new TopicContractError(
    'POLICY_TOO_WIDE',
    `policy of ${topic}: ${problem}`,
    "in AWS's policies * spans slashes: give the patterns different first words",
    [topic],
  )
}
