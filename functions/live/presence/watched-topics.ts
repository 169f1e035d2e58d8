/**
 * Which topics presence counts: those whose watchers somebody asks for. Anything else is forgotten at the door.
 *
 * @module
 */
import { campaignTotal } from '../../../topics/campaign-total.ts'
import { campaignWatching } from '../../../topics/campaign-watching.ts'
import { findContract, isRecorded, topicOf, type TopicContract } from '../../../topics/contract/index.ts'

/** What the count of a topic is told to; a topic that is neither is not counted. */
export interface Watched {
  /** The state topic that tells people the count. */
  readonly watching?: { readonly topic: string; readonly campaignId: string }
  /** Whether broadcast's pace goes by the count (`pace: 'auto'`). */
  readonly stretches: boolean
}

/** What is done with the count of a topic; undefined when it is not counted, as no filter with a wildcard is. */
export type WatchedTopics = (topic: string) => Watched | undefined

/** Topics whose answer an instance remembers: the same few are asked for all the time. */
const rememberedMax = 1_000

/** The topics to count, of these contracts: a campaign's total, and every topic whose pace stretches with its watchers. */
export function watchedTopics(contracts: readonly TopicContract[]): WatchedTopics {
  const stretching = contracts.filter((contract) => isRecorded(contract) && contract.pace === 'auto')
  const known = new Map<string, Watched | undefined>()
  return (topic) => {
    if (known.has(topic)) return known.get(topic)
    const watched = find(topic)
    if (known.size >= rememberedMax) known.clear()
    known.set(topic, watched)
    return watched
  }

  function find(topic: string): Watched | undefined {
    const campaignId = findContract([campaignTotal], topic)?.parameters['campaignId']
    const stretches = findContract(stretching, topic) !== undefined
    if (campaignId === undefined) return stretches ? { stretches } : undefined
    return { watching: { topic: topicOf(campaignWatching, { campaignId }), campaignId }, stretches }
  }
}
