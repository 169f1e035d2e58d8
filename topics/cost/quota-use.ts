/**
 * How near an account is to its quotas in a month's busiest moment, and at what audience each is reached.
 *
 * @module
 */
import { type AccountQuotaId, accountQuotaIds, accountQuotas, accountQuotaValues } from './account-quotas.ts'
import { messagesPerSecond } from '../contract/message-rate.ts'
import type { Month } from './month.ts'
import { outboundPerSecond, type Traffic, trafficOf } from './traffic.ts'

export interface QuotaUse {
  readonly id: AccountQuotaId
  readonly name: string
  readonly limit: number
  /** At the busiest. */
  readonly used: number
  /** The phase it is used in. */
  readonly phase: string
  /** The month's audience at which it is reached; undefined for what does not grow with the audience. */
  readonly reachedAt: number | undefined
  /** A pace that is `auto` stretches before this quota is passed. */
  readonly keptByPace: boolean
}

const growing: ReadonlySet<AccountQuotaId> = new Set([
  'outbound',
  'connections',
  'connects',
  'subscriptions',
  'subscribes',
])

/** Every quota, the one that is reached first at the front. Outbound is what the declared paces ask for, unstretched. */
export function quotaUse(month: Month): readonly QuotaUse[] {
  const limits = accountQuotaValues(month.region, month.raised)
  const unstretched = trafficOf({
    ...month,
    contracts: month.contracts.map((one) => ({ ...one, auto: false })),
  })
  const perPhase = month.phases.map((name, phase) => ({
    name,
    used: phaseUse(month, unstretched, phase),
  }))
  const auto = month.contracts.some((contract) => contract.auto)
  return accountQuotaIds
    .map((id): QuotaUse => {
      const busiest = perPhase.reduce((most, one) => (one.used[id] > most.used[id] ? one : most))
      const used = busiest.used[id]
      const limit = limits[id]
      return {
        id,
        name: accountQuotas[id].name,
        limit,
        used,
        phase: busiest.name,
        reachedAt: growing.has(id) && used > 0 ? (month.audience * limit) / used : undefined,
        keptByPace: id === 'outbound' && auto,
      }
    })
    .toSorted((a, b) => b.used / b.limit - a.used / a.limit)
}

function phaseUse(month: Month, traffic: readonly Traffic[], phase: number): Record<AccountQuotaId, number> {
  const now = traffic.filter((one) => one.phase === phase)
  // An inbox's messages are not.
  const retained = now.filter(
    ({ month: { contract } }) => contract.kind === 'state' || contract.kind === 'feed',
  )
  const sum = (all: readonly Traffic[], of: (one: Traffic) => number): number =>
    all.reduce((total, one) => total + of(one), 0)
  const published = (one: Traffic): number => one.messagesPerSecond * one.month.topics
  const pages = month.pages.flatMap(({ hears, minutes, spans }) =>
    spans
      .filter((span) => span.phase === phase)
      .map(({ people }) => ({ hears: hears.length, minutes, people })),
  )
  const connects = pages.reduce((total, { people, minutes }) => total + people / (minutes * 60), 0)
  return {
    outbound: sum(now, outboundPerSecond),
    inbound: sum(now, published),
    retained: sum(retained, published),
    retainedMessages: sum(retained, (one) => one.month.topics),
    connections: pages.reduce((total, { people }) => total + people, 0),
    connects,
    subscriptions: pages.reduce((total, { people, hears }) => total + people * hears, 0),
    subscribes: pages.reduce(
      (total, { people, minutes, hears }) => total + (people * hears) / (minutes * 60),
      0,
    ),
  }
}

/**
 * The shortest pace at which a topic's messages reach its audience within `room` outbound publishes a second, in whole
 * seconds; undefined when none within an hour does.
 */
export function fittingPace(
  { rate, audience, topics }: { readonly rate: number; readonly audience: number; readonly topics: number },
  room: number,
): number | undefined {
  for (let pace = 1; pace <= 3600; pace++)
    if (messagesPerSecond(rate, pace) * audience * topics <= room) return pace
  return undefined
}
