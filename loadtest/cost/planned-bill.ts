import { isRecorded, type TopicContract } from '../../topics/contract/contract.ts'
import { messagesPerSecond } from '../../topics/contract/message-rate.ts'
import { reckonedBytes } from '../../topics/cost/message-bytes.ts'
import { addUnits, joiningUnits, noUnits, publishingUnits, type Units } from '../../topics/cost/units.ts'
import type { LoadPhase, LoadPlan, LoadTopic, Publisher, SubscriberGroup } from '../plan.ts'
import { type Bill, billOf } from './bill.ts'

/**
 * The bill of a plan before it is run: an upper bound, since each message is taken as large as its schema allows, and every
 * request as a change of the topics that it says it changes. Throws RangeError for a Region without prices.
 */
export function plannedBill(plan: LoadPlan, contracts: readonly TopicContract[]): Bill {
  const contractOf = (topic: LoadTopic): TopicContract | undefined =>
    contracts.find((contract) => contract.topic === topic.contract)
  const units: Units[] = []
  let minutes = 0
  const before = new Map<string, number>()
  for (const phase of plan.phases) {
    const seconds = phase.durationMs / 1000
    for (const publishing of phase.publishers.flatMap((publisher) =>
      messagesOf(publisher, seconds, contractOf),
    ))
      units.push(publishingUnits({ ...publishing, receivers: heardBy(phase, publishing.topic) }))
    // A CONNECT that is refused is metered all the same.
    for (const { kind, perSecond, durationMs } of phase.floods)
      if (kind === 'connect') units.push({ ...noUnits, connect: (perSecond * durationMs) / 1000 })
    for (const group of phase.subscribers) {
      units.push(joining(group, phase, before.get(group.name) ?? 0, contractOf))
      before.set(group.name, group.to)
      minutes += (((group.from + group.to) / 2) * seconds) / 60
    }
  }
  for (const { to } of plan.phases.at(-1)?.subscribers ?? []) minutes += (to * plan.settleMs) / 60_000
  return billOf(plan.target.region, addUnits(...units), minutes, 'planned')
}

function messagesOf(
  publisher: Publisher,
  seconds: number,
  contractOf: (topic: LoadTopic) => TopicContract | undefined,
) {
  const { arrivals } = publisher
  const sent =
    'offsetsMs' in arrivals
      ? arrivals.offsetsMs.length
      : ((arrivals.fromPerSecond + arrivals.toPerSecond) / 2) * seconds
  const topics = publisher.via === 'http' ? publisher.request.changes : [publisher.topic]
  return topics.map((topic) => {
    const contract = contractOf(topic)
    const paced = publisher.via === 'http' && contract && isRecorded(contract)
    const perSecond = sent / seconds
    const messages = paced ? messagesPerSecond(perSecond, contract.paceSeconds) * seconds : sent
    return {
      topic: topic.topic,
      messages,
      bytes: contract ? reckonedBytes(contract, messages === 0 ? 1 : sent / messages) : 0,
      qos: publisher.via === 'http' ? (0 as const) : publisher.qos,
      retained: topic.kind !== 'signal',
    }
  })
}

/** Who hears a topic in a phase, on average. */
function heardBy(phase: LoadPhase, topic: string): number {
  return phase.subscribers.reduce((sum, { topics, from, to }) => {
    const heard = topics.find((one) => one.topic === topic)
    return heard ? sum + ((from + to) / 2) * (heard.weight ?? 1) : sum
  }, 0)
}

function joining(
  group: SubscriberGroup,
  phase: LoadPhase,
  had: number,
  contractOf: (topic: LoadTopic) => TopicContract | undefined,
): Units {
  const seconds = phase.durationMs / 1000
  const most = Math.max(group.from, group.to)
  const cut = phase.cuts.reduce((sum, { share }) => sum + share * most, 0)
  const connections = Math.max(0, most - had) + group.joinLeavePerSecond * seconds + cut
  return joiningUnits({
    connections,
    filters: group.topics.length,
    retained: group.topics.flatMap((topic) => {
      const contract = contractOf(topic)
      return contract && isRecorded(contract) ? [{ bytes: reckonedBytes(contract, 1), qos: group.qos }] : []
    }),
  })
}
