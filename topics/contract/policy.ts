/**
 * From contracts and claims to AWS IoT policies: what the access rules say, and nothing beside it.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-policy-actions.html
 *
 * @module
 */
import { type Claims, mayHear } from './access.ts'
import { policyDocumentCharactersMax, policyDocumentsMax } from './aws-limits.ts'
import { TopicContractError } from './errors.ts'
import { fillPattern, parameterPattern, parsePattern } from './pattern.ts'
import { reaches } from './policy-reach.ts'
import type { TopicContract } from './contract.ts'

export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string
  readonly Resource: readonly string[]
}

export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}

/** What a policy needs of a contract. */
export type PolicyContract = Pick<TopicContract, 'topic' | 'subscribe'>

/** The two client IDs of a principal: a page alternates between them, so that a successor never kicks its predecessor. */
export function clientIdsOf(principal: string): readonly [string, string] {
  return [`${principal}-0`, `${principal}-1`]
}

/**
 * The policy documents of a connection: connect under the principal's two client IDs, subscribe to and receive the
 * topics that the contracts let these claims hear; neither publish nor wildcards. At most 10 documents of 2048
 * characters.
 *
 * Throws TopicContractError `POLICY_TOO_WIDE` when a resource would reach topics these claims may not hear, and
 * `POLICY_TOO_LARGE` when the documents exceed AWS's limits.
 *
 * @param arnPrefix `arn:aws:iot:<region>:<account>`
 */
export function compilePolicy(
  contracts: readonly PolicyContract[],
  claims: Claims,
  arnPrefix: string,
): PolicyDocument[] {
  if (!/^[A-Za-z0-9]{1,100}$/.test(claims.principal)) {
    throw new TopicContractError(
      'INVALID_PARAMETER',
      `principal ${JSON.stringify(claims.principal)} does not fit`,
      "AWS's principalId has letters and digits only, and the client IDs need room: 1 to 100 of them",
    )
  }
  const resources = [...new Set(contracts.flatMap((contract) => resourceOf(contract, claims) ?? []))]
  for (const resource of resources) checkReach(resource, contracts, claims)
  const topicFilter = (name: string) => `${arnPrefix}:topicfilter/${name}`
  const statements: PolicyStatement[] = [
    allow(
      'iot:Connect',
      clientIdsOf(claims.principal).map((clientId) => `${arnPrefix}:client/${clientId}`),
    ),
    // A resource's `*` would also match a filter's + and #; whoever subscribes names the topic exactly.
    { Effect: 'Deny', Action: 'iot:Subscribe', Resource: [topicFilter('*+*'), topicFilter('*#*')] },
    ...resources.flatMap((resource) => [
      allow('iot:Subscribe', [topicFilter(resource)]),
      allow('iot:Receive', [`${arnPrefix}:topic/${resource}`]),
    ]),
  ]
  return pack(statements)
}

function allow(action: string, resource: readonly string[]): PolicyStatement {
  return { Effect: 'Allow', Action: action, Resource: resource }
}

/**
 * The pattern as a policy writes it, `*` for free parameters and the value for a claimed one; undefined when these
 * claims may hear no topic of the contract.
 */
function resourceOf({ topic, subscribe }: PolicyContract, claims: Claims): string | undefined {
  const bound: Record<string, string> = {}
  if (subscribe.rule === 'claim') {
    const value = claims.values[subscribe.claim]
    // An unfit value can equal no parameter, so it grants nothing; in a resource its characters could grant much.
    if (value === undefined || !parameterPattern.test(value)) return undefined
    bound[subscribe.claim] = value
  }
  if (!mayHear(subscribe, claims, bound)) return undefined
  const segments = parsePattern(topic)
  if (segments[0]?.parameter !== undefined && bound[segments[0].parameter] === undefined) {
    throw tooWide(
      topic,
      'a topic that begins with a parameter reaches the topics that AWS reserves ($aws/…, $share/…)',
    )
  }
  return segments
    .map(({ literal, parameter }) =>
      parameter === undefined ? literal : parameter in bound ? fillPattern(`{${parameter}}`, bound) : '*',
    )
    .join('/')
}

/** Refuses a resource that matches a topic which its contract's rule keeps from these claims. In policies `*` spans `/`. */
function checkReach(resource: string, contracts: readonly PolicyContract[], claims: Claims): void {
  for (const contract of contracts) {
    const { subscribe } = contract
    const except =
      subscribe.rule === 'claim' && claims.signedIn
        ? { [subscribe.claim]: claims.values[subscribe.claim] }
        : {}
    const mayHearAll = subscribe.rule !== 'claim' && mayHear(subscribe, claims, {})
    if (!mayHearAll && reaches(resource, contract.topic, except)) {
      throw tooWide(
        resource,
        `it reaches topics of ${contract.topic}, which have the rule ${JSON.stringify(subscribe)}`,
      )
    }
  }
}

function tooWide(topic: string, problem: string): TopicContractError {
  return new TopicContractError(
    'POLICY_TOO_WIDE',
    `policy resource of ${topic}: ${problem}`,
    "in AWS's policies * spans slashes: give the patterns different first words",
  )
}

/** Merges statements of one action and effect, as many resources a document as AWS takes. */
function pack(statements: readonly PolicyStatement[]): PolicyDocument[] {
  const documents: PolicyDocument[] = []
  let current: PolicyStatement[] = []
  for (const statement of statements) {
    const merged = merge(current, statement)
    if (current.length === 0 || charactersOf(merged) <= policyDocumentCharactersMax) {
      current = merged
      continue
    }
    documents.push(documentOf(current))
    current = [statement]
  }
  documents.push(documentOf(current))
  const largest = Math.max(...documents.map((document) => JSON.stringify(document).length))
  if (documents.length > policyDocumentsMax || largest > policyDocumentCharactersMax) {
    throw new TopicContractError(
      'POLICY_TOO_LARGE',
      `the policy has ${documents.length} documents of up to ${largest} characters; AWS takes ${policyDocumentsMax} of ${policyDocumentCharactersMax}`,
      'shorten the patterns, or give this principal fewer roles',
    )
  }
  return documents
}

function merge(statements: readonly PolicyStatement[], added: PolicyStatement): PolicyStatement[] {
  const index = statements.findIndex(
    ({ Effect, Action }) => Effect === added.Effect && Action === added.Action,
  )
  const same = statements[index]
  if (!same) return [...statements, added]
  return statements.with(index, { ...same, Resource: [...same.Resource, ...added.Resource] })
}

const documentOf = (statements: readonly PolicyStatement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
})

const charactersOf = (statements: readonly PolicyStatement[]): number =>
  JSON.stringify(documentOf(statements)).length
