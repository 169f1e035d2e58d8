/**
 * The pace in effect: how `pace: 'auto'` stretches `paceSeconds` with the watchers, so that the account's outbound quota
 * holds whatever the audience does.
 *
 * An account may send so many messages a second, to all receivers of all topics together. What the contracts of fixed
 * pace and the signals declare comes off first; the rest is shared among the contracts that are `auto`, as their
 * declared loads are to each other, and evenly among the topics of each. A topic's pace is then such that its watchers
 * get no more messages a second than its share: `watchers / share`, and never less than `paceSeconds`. So a topic with
 * few watchers, or an account with room, keeps the contract's own pace.
 *
 * @module
 */
import { messagesPerSecond } from './message-rate.ts'
import { isRecorded, type RecordedContract, type TopicContract } from './contract.ts'

/**
 * The part of the quota that paces plan with. The rest is for what no pace sees: joiners, who are sent the retained
 * message, and heads sent once more.
 */
export const plannedShare = 0.9

/** The longest pace that a contract, or stretching, may have, seconds. */
export const paceSecondsMax = 3600

/** The pace in effect of a contract's topic, seconds. `watchers` undefined: not counted, so the declared audience. */
export type Pacer = (contract: RecordedContract, watchers: number | undefined) => number

/** Paces for an account that runs these contracts and may send `outboundPerSecond` messages a second. */
export function createPacer(contracts: readonly TopicContract[], outboundPerSecond: number): Pacer {
  const isAuto = (contract: TopicContract): boolean => isRecorded(contract) && contract.pace === 'auto'
  const sum = (all: readonly TopicContract[]): number =>
    all.reduce((total, contract) => total + contract.load.topics * demandOf(contract), 0)
  const room = Math.max(
    0,
    outboundPerSecond * plannedShare - sum(contracts.filter((contract) => !isAuto(contract))),
  )
  const demanded = sum(contracts.filter(isAuto))
  return (contract, counted) => {
    if (contract.pace === 'fixed') return contract.paceSeconds
    // What is no count (NaN, less than nobody) is as good as none.
    const watchers = counted !== undefined && counted >= 0 ? counted : contract.load.audience
    // Without a declared load there is no telling what part of the room is its own: then it may take all.
    const share = demanded > 0 ? (room * demandOf(contract)) / demanded : room
    const stretched = share > 0 ? watchers / share : watchers > 0 ? paceSecondsMax : 0
    return Math.min(Math.max(contract.paceSeconds, stretched), paceSecondsMax)
  }
}

/** Messages a second that one topic of the contract asks for, to all its declared audience. */
function demandOf(contract: TopicContract): number {
  const { audience, rate } = contract.load
  return audience * (isRecorded(contract) ? messagesPerSecond(rate, contract.paceSeconds) : rate)
}
