/**
 * A month as the estimate sees it: who is on which page, what each contract's topics say, for how many hours. Made from
 * the contracts' declared load, or from a scenario.
 *
 * @module
 */
import type { TopicContract } from '../contract/contract.ts'
import type { AccountQuotaId } from './account-quotas.ts'
import { defaultRegion } from './prices.ts'

/** A time in which nothing changes. Times with the same `phase` are at the same time. */
interface Span {
  readonly phase: number
  readonly hours: number
}

export interface ContractMonth {
  readonly contract: TopicContract
  /** Topics in use at the same time. */
  readonly topics: number
  readonly qos: 0 | 1
  /** Seconds; 0 for a signal, which has none. */
  readonly paceSeconds: number
  /** Whether the pace gives way to the audience. */
  readonly auto: boolean
  /** Bytes of a message, when the scenario says so; otherwise what the schema allows. */
  readonly messageBytes?: number | undefined
  readonly spans: readonly (Span & {
    /** Changes, entries or messages a second and topic. */
    readonly rate: number
    /** Who hears one topic. */
    readonly audience: number
  })[]
}

export interface PageMonth {
  readonly name: string
  /** Patterns of the topics that one visit subscribes to. */
  readonly hears: readonly string[]
  /** How long a visit lasts. */
  readonly minutes: number
  readonly spans: readonly (Span & {
    /** Visitors at the same time. */
    readonly people: number
  })[]
}

export interface Month {
  readonly name: string
  readonly region: string
  /** Visitors of all pages at the same time, at the busiest. */
  readonly audience: number
  /** Quotas that AWS has raised for the account. */
  readonly raised: Readonly<Partial<Record<AccountQuotaId, number>>>
  readonly phases: readonly string[]
  readonly contracts: readonly ContractMonth[]
  readonly pages: readonly PageMonth[]
}

/** How long a visit is taken to last where nothing says so. */
export const visitMinutesDefault = 30

/** A contract's month as far as its contract says it. */
export function contractMonth(contract: TopicContract): Omit<ContractMonth, 'spans'> {
  const recorded = contract.kind !== 'signal'
  return {
    contract,
    topics: contract.load.topics,
    qos: contract.kind === 'inbox' ? 1 : 0,
    paceSeconds: recorded ? contract.paceSeconds : 0,
    auto: recorded && contract.pace === 'auto',
  }
}

/**
 * The month that the contracts declare. Contracts with the same parameters are taken to be heard on one page
 * (`campaigns/{campaignId}/total` and `campaigns/{campaignId}/donations`), by the larger of their audiences, for the
 * longer of their hours. A signal's publishers are visitors of a page of their own.
 */
export function declaredMonth(
  contracts: readonly TopicContract[],
  options: {
    readonly region?: string
    readonly raised?: Readonly<Partial<Record<AccountQuotaId, number>>>
  } = {},
): Month {
  const pages = new Map<string, { hears: string[]; people: number; hours: number }>()
  for (const { topic, kind, load } of contracts) {
    const { audience, topics, hoursPerMonth, publishers } = load
    const parameters = [...topic.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).join(', ')
    const name = parameters === '' ? 'the page without parameters' : `the page of ${parameters}`
    const page = pages.get(name) ?? { hears: [], people: 0, hours: 0 }
    page.hears.push(topic)
    page.people = Math.max(page.people, audience * topics)
    page.hours = Math.max(page.hours, hoursPerMonth)
    pages.set(name, page)
    if (kind === 'signal' && publishers > 0)
      pages.set(`publishers of ${topic}`, { hears: [], people: publishers * topics, hours: hoursPerMonth })
  }
  return {
    name: 'the load that the contracts declare',
    region: options.region ?? defaultRegion,
    audience: [...pages.values()].reduce((sum, { people }) => sum + people, 0),
    raised: options.raised ?? {},
    phases: ['as declared'],
    contracts: contracts.map((contract) => ({
      ...contractMonth(contract),
      spans: [
        {
          phase: 0,
          hours: contract.load.hoursPerMonth,
          rate: contract.load.rate,
          audience: contract.load.audience,
        },
      ],
    })),
    pages: [...pages].map(([name, { hears, people, hours }]) => ({
      name,
      hears,
      minutes: visitMinutesDefault,
      spans: [{ phase: 0, hours, people }],
    })),
  }
}
