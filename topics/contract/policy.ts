/**
 * From contracts and claims to AWS IoT policies: what the access rules say, and nothing beside it.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-policy-actions.html
 *
 * @module
 */
import type { Claims } from './access.ts'
import { policyDocumentCharactersMax, policyDocumentsMax } from './aws-limits.ts'
import { TopicContractError } from './errors.ts'
import { packDocuments, type PolicyDocument, type PolicyStatement } from './policy-documents.ts'
import {
  type Grant,
  grantsOf,
  mayRequest,
  overreach,
  type PolicyContract,
  reserved,
  type Right,
} from './policy-grants.ts'
import { widenOnce } from './policy-widen.ts'
import { replyTopicOf } from './signal-message.ts'

export type { PolicyDocument, PolicyStatement } from './policy-documents.ts'
export type { PolicyContract } from './policy-grants.ts'

/**
 * Pairs of client IDs that a principal may have, 0 to 4: their last characters are the ten digits. Two devices of one pair
 * go on as well, each on one of its IDs, but cut each other off whenever one has a new session.
 */
export const seatsMax = 5

/**
 * The two client IDs of a session: a page alternates between them, so that a successor never kicks its predecessor.
 * `seat` is the claims' own.
 */
export function clientIdsOf(principal: string, seat = 0): readonly [string, string] {
  return [`${principal}-${2 * seat}`, `${principal}-${2 * seat + 1}`]
}

/** Every client ID that a principal may connect under. */
export function everyClientIdOf(principal: string): readonly string[] {
  return Array.from({ length: seatsMax }, (_, seat) => clientIdsOf(principal, seat)).flat()
}

/**
 * The policy documents of a connection: connect under the principal's two client IDs, subscribe to and receive the
 * topics that the contracts let these claims hear, publish to those they let them, unretained; replies to the
 * principal's own requests; no filter with a wildcard. Exact resources, unless they exceed AWS's 10 documents of 2048
 * characters: then those that begin alike are widened to what they share, where that reaches nothing kept from the claims.
 *
 * Throws TopicContractError `POLICY_TOO_WIDE` when a resource would reach topics these claims may not hear or publish to,
 * and `POLICY_TOO_LARGE`, naming contracts, when the documents exceed AWS's limits.
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
  return fitPolicy(contracts, claims, arnPrefix, claims)
}

/**
 * The documents for `claims`, widened only where `judge` may hear and publish everything that is reached: `claims`
 * themselves, or weaker ones for whom it must hold as well.
 */
export function fitPolicy(
  contracts: readonly PolicyContract[],
  claims: Claims,
  arnPrefix: string,
  judge: Claims,
): PolicyDocument[] {
  const replies = mayRequest(contracts, claims)
    ? clientIdsOf(claims.principal, claims.seat).map(replyTopicOf)
    : []
  const grants = {
    hear: grantsOf(contracts, claims, 'hear'),
    publish: grantsOf(contracts, claims, 'publish'),
  }
  const kept = [...contracts, reserved]
  const exhausted = { hear: false, publish: false }
  for (;;) {
    const documents = packDocuments(statementsOf(claims, arnPrefix, grants, replies))
    if (documents.length <= policyDocumentsMax) return documents
    // A heard topic takes two resources, one of Subscribe and one of Receive, so hearing is shortened first.
    const right: Right | undefined = !exhausted.hear ? 'hear' : !exhausted.publish ? 'publish' : undefined
    if (!right) throw tooLarge(documents, grants, arnPrefix)
    const wider = widenOnce(
      grants[right],
      (resource) => overreach(resource, kept, judge, right) === undefined,
    )
    if (wider) grants[right] = wider
    else exhausted[right] = true
  }
}

function statementsOf(
  claims: Claims,
  arnPrefix: string,
  grants: Readonly<Record<Right, readonly Grant[]>>,
  replies: readonly string[],
): PolicyStatement[] {
  const heard = [...grants.hear.map(({ resource }) => resource), ...replies]
  const topicFilter = (name: string) => `${arnPrefix}:topicfilter/${name}`
  const topic = (name: string) => `${arnPrefix}:topic/${name}`
  return [
    allow(
      'iot:Connect',
      clientIdsOf(claims.principal, claims.seat).map((clientId) => `${arnPrefix}:client/${clientId}`),
    ),
    // A resource's `*` would also match a filter's + and #; whoever subscribes names the topic exactly.
    { Effect: 'Deny', Action: 'iot:Subscribe', Resource: [topicFilter('*+*'), topicFilter('*#*')] },
    allow('iot:Subscribe', heard.map(topicFilter)),
    allow('iot:Receive', heard.map(topic)),
    allow(
      'iot:Publish',
      grants.publish.map(({ resource }) => topic(resource)),
    ),
  ]
}

function allow(action: string, resource: readonly string[]): PolicyStatement {
  return { Effect: 'Allow', Action: action, Resource: resource }
}

/** Contracts that a message names at most. */
const namedMax = 5

function tooLarge(
  documents: readonly PolicyDocument[],
  grants: Readonly<Record<Right, readonly Grant[]>>,
  arnPrefix: string,
): TopicContractError {
  const beyond = new Set(
    documents
      .slice(policyDocumentsMax)
      .flatMap(({ Statement }) => Statement.flatMap(({ Resource }) => Resource))
      .map((resource) => resource.slice(arnPrefix.length).replace(/^:\w+\//, '')),
  )
  const patterns = new Set(
    [...grants.hear, ...grants.publish].flatMap((grant) =>
      beyond.has(grant.resource) ? grant.patterns : [],
    ),
  )
  const named = [...patterns].slice(0, namedMax).join(', ')
  const more = patterns.size > namedMax ? ` and ${patterns.size - namedMax} more` : ''
  return new TopicContractError(
    'POLICY_TOO_LARGE',
    `the policy takes ${documents.length} documents, and AWS takes ${policyDocumentsMax} of ${policyDocumentCharactersMax} characters; beyond them are ${named}${more}`,
    'shorten the patterns, let contracts of one audience begin with the same word of their own, or give this principal fewer roles',
    [...patterns],
  )
}
