/**
 * What functions publish to, by name: `permissions` in serverless.yml say `Resource: topics of the contracts`, and the
 * deploy build puts the contracts' own topics in its place. So no topic is written there by hand.
 *
 * @module
 */
import { isRecorded, type TopicContract } from './contract.ts'
import { repliesTopic } from './signal-message.ts'

/** Groups of topics that a function may publish to. */
export const publisherGroups = [
  /** Those with a head: what broadcast and repair publish, retained. */
  'topics of the contracts',
  /** Those of them that are inboxes: what deliver publishes. */
  'topics of the inboxes',
  /** What functions say without recording it, and answer nobody. */
  'topics of the signals',
  /** Where requests are answered. */
  'topics of the replies',
] as const

export type PublisherGroup = (typeof publisherGroups)[number]

export function isPublisherGroup(resource: unknown): resource is PublisherGroup {
  return publisherGroups.some((group) => group === resource)
}

/**
 * The group's topics as a policy writes them after `topic/`: each parameter is a `*`. In a policy `*` spans `/` too,
 * which is wider than the pattern but reaches no topic without the contract's words.
 * https://docs.aws.amazon.com/iot/latest/developerguide/pub-sub-policy.html
 */
export function publisherTopics(group: PublisherGroup, contracts: readonly TopicContract[]): string[] {
  if (group === 'topics of the replies') return [`${repliesTopic}/*`]
  const isOf = {
    'topics of the contracts': isRecorded,
    'topics of the inboxes': (contract: TopicContract) => contract.kind === 'inbox',
    'topics of the signals': (contract: TopicContract) => !isRecorded(contract),
  }[group]
  const patterns = contracts.filter(isOf).map(({ topic }) => topic)
  return [...new Set(patterns.map((pattern) => pattern.replaceAll(/\{\w+\}/g, '*')))]
}
