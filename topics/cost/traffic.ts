/**
 * What a month's contracts say in each of its phases, with the pace that holds then.
 *
 * @module
 */
import { accountQuotaValues } from './account-quotas.ts'
import { reckonedBytes } from './message-bytes.ts'
import { messagesPerSecond } from './message-rate.ts'
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
 * The traffic of every contract and phase. Where the account's outbound quota would not hold, the topics whose pace is
 * `auto` stretch theirs by one factor, until it does or until an hour, the longest pace there is.
 */
export function trafficOf(month: Month): readonly Traffic[] {
  const quota = accountQuotaValues(month.region, month.raised).outbound
  const traffic: Traffic[] = []
  for (const phase of month.phases.keys()) {
    const at = (factor: number): Traffic[] => phaseTraffic(month, phase, factor)
    const sum = (all: readonly Traffic[]): number =>
      all.reduce((total, one) => total + outboundPerSecond(one), 0)
    const fixed = sum(at(1).filter((one) => !one.month.auto))
    const room = Math.max(0, quota - fixed)
    const stretched = (factor: number): number => sum(at(factor).filter((one) => one.month.auto))
    traffic.push(...at(stretch(stretched, room)))
  }
  return traffic
}

const paceSecondsMax = 3600

/** The smallest factor at which `outbound(factor)`, which falls with it, is within `room`. */
function stretch(outbound: (factor: number) => number, room: number): number {
  if (outbound(1) <= room) return 1
  let low = 1
  let high = paceSecondsMax
  if (outbound(high) > room) return high
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2
    if (outbound(middle) > room) low = middle
    else high = middle
  }
  return high
}

function phaseTraffic(month: Month, phase: number, factor: number): Traffic[] {
  return month.contracts.flatMap((contract) =>
    contract.spans
      .filter((span) => span.phase === phase)
      .map(({ hours, rate, audience }) => {
        const { paceSeconds: base, auto } = contract
        const paceSeconds = auto ? Math.min(paceSecondsMax, base * factor) : base
        const spoken = base === 0 ? rate : messagesPerSecond(rate, paceSeconds)
        const changesPerMessage = spoken === 0 ? 1 : rate / spoken
        return {
          month: contract,
          phase,
          hours,
          audience,
          paceSeconds,
          messagesPerSecond: spoken,
          bytes: contract.messageBytes ?? reckonedBytes(contract.contract, changesPerMessage),
        }
      }),
  )
}
