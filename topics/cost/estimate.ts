/**
 * What a month costs: metered units, connection minutes, Lambda, and money, for each contract and together.
 *
 * @module
 */
import { addLambda, joiningLambda, type LambdaUse, noLambda, publishingLambda } from './lambda-use.ts'
import type { ContractMonth, Month, PageMonth } from './month.ts'
import { messageDollars, pricesOf, type RegionPrices } from './prices.ts'
import { type Traffic, trafficOf } from './traffic.ts'
import {
  addUnits,
  joiningUnits,
  noUnits,
  publishingUnits,
  scaleUnits,
  totalUnits,
  type Units,
} from './units.ts'

export interface ContractEstimate {
  readonly topic: string
  /** Messages published in the month, on all of its topics. */
  readonly messages: number
  /** Pace at the busiest, seconds; 0 for a signal. */
  readonly paceSeconds: number
  /** What it publishes, and its share of the visits that hear it. */
  readonly units: Units
  readonly connectionMinutes: number
  readonly lambda: LambdaUse
  readonly dollars: number
}

export interface Estimate {
  readonly month: Month
  readonly traffic: readonly Traffic[]
  readonly contracts: readonly ContractEstimate[]
  readonly units: Units
  readonly connectionMinutes: number
  readonly lambda: LambdaUse
  readonly dollars: {
    readonly messages: number
    readonly connectionMinutes: number
    /** Absent where Lambda's price in the Region has no source here. */
    readonly lambda?: number
    readonly total: number
  }
}

/** A visitor's session ends after so long, and the page connects anew. functions/live/session.ts */
const sessionMinutes = 60

interface Share {
  messages: number
  paceSeconds: number
  units: Units
  connectionMinutes: number
  lambda: LambdaUse
}

/** The estimate of a month. Throws RangeError for a Region without prices. */
export function estimate(month: Month): Estimate {
  const prices = pricesOf(month.region)
  const traffic = trafficOf(month)
  const shares = new Map<string, Share>(
    month.contracts.map(({ contract }) => [
      contract.topic,
      { messages: 0, paceSeconds: 0, units: noUnits, connectionMinutes: 0, lambda: noLambda },
    ]),
  )
  for (const one of traffic) addPublishing(shares, one)
  // Visits whose page hears nothing (a signal's publishers) are nobody's share, and count all the same.
  const alone: Share = { messages: 0, paceSeconds: 0, units: noUnits, connectionMinutes: 0, lambda: noLambda }
  const retained = retainedByPhase(traffic)
  for (const page of month.pages) addVisits(shares, alone, page, retained)

  const all = [...shares.values(), alone]
  const units = addUnits(...all.map((share) => share.units))
  const total = totalUnits(units)
  const perUnit = total === 0 ? 0 : messageDollars(total, prices.messageTiers) / total
  const minutes = all.reduce((sum, share) => sum + share.connectionMinutes, 0)
  const lambda = addLambda(...all.map((share) => share.lambda))
  const dollars = {
    messages: perUnit * total,
    connectionMinutes: minutesDollars(minutes, prices),
    ...(prices.lambda ? { lambda: lambdaDollars(lambda, prices) } : {}),
  }
  return {
    month,
    traffic,
    contracts: [...shares].map(([topic, share]) => ({
      topic,
      messages: share.messages,
      paceSeconds: share.paceSeconds,
      units: share.units,
      connectionMinutes: share.connectionMinutes,
      lambda: share.lambda,
      dollars:
        perUnit * totalUnits(share.units) +
        minutesDollars(share.connectionMinutes, prices) +
        lambdaDollars(share.lambda, prices),
    })),
    units,
    connectionMinutes: minutes,
    lambda,
    dollars: {
      ...dollars,
      total: Object.values(dollars).reduce((sum: number, part: number) => sum + part, 0),
    },
  }
}

function addPublishing(shares: ReadonlyMap<string, Share>, one: Traffic): void {
  const { month, hours, audience, paceSeconds, messagesPerSecond, bytes } = one
  const share = shares.get(month.contract.topic)
  if (!share) return
  const messages = messagesPerSecond * hours * 3600 * month.topics
  const recorded = month.contract.kind !== 'signal'
  share.messages += messages
  share.paceSeconds = Math.max(share.paceSeconds, paceSeconds)
  share.units = addUnits(
    share.units,
    publishingUnits({ messages, bytes, receivers: audience, qos: month.qos, retained: isRetained(month) }),
  )
  // A signal goes from client to client, without a Lambda.
  if (recorded)
    share.lambda = addLambda(share.lambda, publishingLambda(messages, messagesPerSecond, paceSeconds))
}

/** Visits cost by the topics they hear, in equal shares. */
function addVisits(
  shares: ReadonlyMap<string, Share>,
  alone: Share,
  page: PageMonth,
  retained: RetainedByPhase,
): void {
  const heard = page.hears.flatMap((topic) => shares.get(topic) ?? [])
  const owners = heard.length > 0 ? heard : [alone]
  for (const { phase, hours, people } of page.spans) {
    const minutes = people * hours * 60
    const visits = minutes / page.minutes
    const connections = visits * Math.ceil(page.minutes / sessionMinutes)
    const found = page.hears.flatMap((topic) => retained.get(phase)?.get(topic) ?? [])
    const units = joiningUnits({
      connections,
      filters: page.hears.length,
      retained: found.filter((one) => one.retained),
    })
    const lambda = joiningLambda(connections, found.filter(({ logged }) => logged).length)
    for (const owner of owners) {
      const part = 1 / owners.length
      owner.units = addUnits(owner.units, scaleUnits(units, part))
      owner.connectionMinutes += minutes * part
      owner.lambda = {
        invocations: owner.lambda.invocations + lambda.invocations * part,
        gbSeconds: owner.lambda.gbSeconds + lambda.gbSeconds * part,
      }
    }
  }
}

/** Whether the newest message is retained: a joiner of an inbox asks GET /inbox instead. */
const isRetained = ({ contract: { kind } }: Pick<ContractMonth, 'contract'>): boolean =>
  kind === 'state' || kind === 'feed'

/**
 * By phase and topic: what a joiner finds retained, and whether it reads by HTTP too, the log's newest page or an inbox.
 * Nothing is on a signal's topics.
 */
type RetainedByPhase = ReadonlyMap<
  number,
  ReadonlyMap<
    string,
    { readonly bytes: number; readonly qos: 0 | 1; readonly logged: boolean; readonly retained: boolean }
  >
>

function retainedByPhase(traffic: readonly Traffic[]): RetainedByPhase {
  const phases = new Map<
    number,
    Map<string, { bytes: number; qos: 0 | 1; logged: boolean; retained: boolean }>
  >()
  for (const { month, phase, bytes } of traffic) {
    const { kind, topic } = month.contract
    if (kind === 'signal') continue
    const found =
      phases.get(phase) ??
      new Map<string, { bytes: number; qos: 0 | 1; logged: boolean; retained: boolean }>()
    const retained = isRetained(month)
    phases.set(phase, found.set(topic, { bytes, qos: month.qos, logged: kind !== 'state', retained }))
  }
  return phases
}

function minutesDollars(minutes: number, { connectionMinutesPerMillion }: RegionPrices): number {
  return (minutes / 1e6) * connectionMinutesPerMillion
}

function lambdaDollars({ invocations, gbSeconds }: LambdaUse, { lambda }: RegionPrices): number {
  return lambda ? (invocations / 1e6) * lambda.requestsPerMillion + gbSeconds * lambda.perGbSecond : 0
}
