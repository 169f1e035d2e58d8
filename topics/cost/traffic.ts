/**
 * What a month's contracts say in each of its phases, with the pace that holds then.
 *
 * @module
 */
import { isRecorded, type TopicContract } from '../contract/contract.ts'
import { createPacer } from '../contract/pace.ts'
import { accountQuotaValues } from './account-quotas.ts'
import { reckonedBytes } from './message-bytes.ts'
import { messagesPerSecond } from '../contract/message-rate.ts'
import type { ContractMonth, Month } from './month.ts'

export interface Traffic {
  readonly month: ContractMonth
  readonly phase: number
  readonly hours: number
  /** Who hears one topic. */
  readonly audience: number
  /** Seconds; stretched where the contract's pace is `auto`. */
  readonly paceSeconds: number
  /** Of one topic. */
  readonly messagesPerSecond: number
  readonly bytes: number
}

/** Messages a second that go out to everybody. */
export function outboundPerSecond({ month, audience, messagesPerSecond }: Traffic): number {
  return messagesPerSecond * audience * month.topics
}

/**
 * The traffic of every contract and phase. Topics whose pace is `auto` have the pace that broadcast would give them for
 * so many watchers (topics/contract/pace.ts).
 */
export function trafficOf(month: Month): readonly Traffic[] {
  const quota = accountQuotaValues(month.region, month.raised).outbound
  const paced = new Map(month.contracts.map((one) => [one, asPaced(one)]))
  const pace = createPacer([...paced.values()], quota)
  return month.contracts.flatMap((contract) =>
    contract.spans.map(({ phase, hours, rate, audience }) => {
      const spoken = paced.get(contract)
      const paceSeconds = spoken && isRecorded(spoken) ? pace(spoken, audience) : 0
      const perSecond = paceSeconds === 0 ? rate : messagesPerSecond(rate, paceSeconds)
      const changesPerMessage = perSecond === 0 ? 1 : rate / perSecond
      return {
        month: contract,
        phase,
        hours,
        audience,
        paceSeconds,
        messagesPerSecond: perSecond,
        bytes: contract.messageBytes ?? reckonedBytes(contract.contract, changesPerMessage),
      }
    }),
  )
}

/** The contract with what the month says of its pace and topics in place of its own. */
function asPaced({ contract, topics, paceSeconds, auto }: ContractMonth): TopicContract {
  const load = { ...contract.load, topics }
  return isRecorded(contract)
    ? { ...contract, paceSeconds, pace: auto ? 'auto' : 'fixed', load }
    : { ...contract, load }
}
