/**
 * PUT /campaigns/{campaignId}: staff create a campaign, or change its name and goal. The campaign and its heads are
 * written in one transaction; what was raised stays.
 *
 * @module
 */
import * as v from 'valibot'
import { campaignDonations } from '../../topics/campaign-donations.ts'
import { campaignTotal } from '../../topics/campaign-total.ts'
import { backoffMs } from '../platform/backoff.ts'
import { currencies } from '../platform/currencies.ts'
import { type Head, headValue, topicWriter, type TopicWrite } from '../platform/live-table.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'
import type { ServiceToken } from '../platform/service-tokens.ts'
import { admitStaff } from '../platform/staff.ts'
import type { Time } from '../platform/time.ts'
import { unfitBody } from '../platform/unfit-body.ts'
import { type CampaignView, readCampaignId, viewCampaign } from './campaign.ts'

const message = {
  object: 'must be a JSON object',
  name: 'must be a text of 1 to 200 characters',
  currency: 'must be an ISO 4217 code in capitals, such as USD',
  goal: 'must be a whole number of minor units (cents), 1 or more',
} as const

/** The body. Unknown fields are ignored. */
export const campaignSchema = v.object(
  {
    name: v.pipe(
      v.string(message.name),
      // A name has one line; control characters would only be a copying accident.
      v.transform((name) => name.replaceAll(/\p{Cc}+/gu, ' ').trim()),
      v.minLength(1, message.name),
      v.maxLength(200, message.name),
      v.check((name) => name.isWellFormed(), 'must be well-formed Unicode'),
    ),
    currency: v.pipe(
      v.string(message.currency),
      v.check((code) => currencies.has(code), message.currency),
    ),
    goal: v.nullish(v.pipe(v.number(message.goal), v.safeInteger(message.goal), v.minValue(1, message.goal))),
  },
  message.object,
)

export interface CampaignRecord {
  readonly campaignId: string
  readonly name: string
  readonly currency: string
  readonly goal?: number
  /** RFC 3339. */
  readonly createdAt: string
}

export interface StoredCampaign {
  readonly campaign: CampaignRecord | undefined
  readonly total: Head | undefined
  readonly donations: Head | undefined
}

export interface CampaignStore {
  /** Strongly read. */
  read(campaignId: string): Promise<StoredCampaign>
  /** All or nothing. `moved` when a head is not as read, or another transaction is in the way. */
  write(campaign: CampaignRecord, topics: readonly TopicWrite[]): Promise<'written' | 'moved'>
}

export interface PutCampaignPorts {
  readonly store: CampaignStore
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
  readonly newEpoch?: () => string
}

export interface PutCampaignRequest {
  readonly campaignId: string | undefined
  readonly bearer: string | undefined
  /** Parses the body as JSON, once the caller is known. */
  readonly readBody: () => unknown
}

/** Attempts before the caller is asked to try again: donations move the head at most some hundred times a second. */
const attemptsMax = 20

/** Creates or changes a campaign. Throws ProblemError 400, 401, 403, 409 or 503. */
export async function putCampaign(
  request: PutCampaignRequest,
  ports: PutCampaignPorts,
  tokens: readonly ServiceToken[],
): Promise<{ created: boolean; campaign: CampaignView }> {
  admitStaff(request.bearer, tokens, 'campaigns are for staff')
  const campaignId = readCampaignId(request.campaignId)
  const wanted = readBody(request.readBody())
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const stored = await ports.store.read(campaignId)
    const plan = planCampaign(
      campaignId,
      wanted,
      stored,
      new Date(ports.time.now()).toISOString(),
      ports.newEpoch,
    )
    const campaign = viewCampaign(campaignId, plan.total)
    const created = stored.campaign === undefined
    if (plan.topics.length === 0) return { created, campaign }
    if ((await ports.store.write(plan.campaign, plan.topics)) === 'written') return { created, campaign }
    await ports.time.sleep(backoffMs(attempt, { baseMs: 10, capMs: 200 }, ports.random))
  }
  throw new ProblemError({
    status: 503,
    code: 'campaign-busy',
    title: 'The campaign is busy',
    detail: `donations to ${quoteValue(campaignId)} came in between ${attemptsMax} times`,
    remedy: 'try again in a moment',
    headers: { 'retry-after': '1' },
  })
}

type CampaignWish = { readonly name: string; readonly currency: string; readonly goal?: number }

function planCampaign(
  campaignId: string,
  wanted: CampaignWish,
  stored: StoredCampaign,
  at: string,
  newEpoch?: () => string,
): { campaign: CampaignRecord; total: Head; topics: readonly TopicWrite[] } {
  const before = stored.total && headValue(campaignTotal, stored.total)
  if (before && before.total.currency !== wanted.currency && before.donations > 0) {
    throw currencyFixed(wanted.currency, before.total.currency, before.donations)
  }
  const campaign = { campaignId, ...wanted, createdAt: stored.campaign?.createdAt ?? at }
  const value = {
    name: wanted.name,
    total: { value: before?.total.value ?? 0, currency: wanted.currency },
    donations: before?.donations ?? 0,
    ...(wanted.goal === undefined ? {} : { goal: wanted.goal }),
  }
  const unchanged =
    stored.campaign && stored.donations && before && JSON.stringify(before) === JSON.stringify(value)
  if (stored.total && unchanged) return { campaign, total: stored.total, topics: [] }
  const write = topicWriter({ at, ...(newEpoch ? { newEpoch } : {}) })
  const total = write.set(campaignTotal, { campaignId }, value, stored.total)
  const feed = stored.donations ? [] : [write.append(campaignDonations, { campaignId }, [], undefined)]
  return { campaign, total: total.head, topics: [total, ...feed] }
}

function readBody(body: unknown): CampaignWish {
  const result = v.safeParse(campaignSchema, body)
  if (result.success) {
    const { name, currency, goal } = result.output
    return { name, currency, ...(goal === undefined || goal === null ? {} : { goal }) }
  }
  throw unfitBody(result.issues, {
    code: 'campaign-unfit',
    title: 'This is no campaign',
    remedy: 'correct the fields named in errors: { name, currency, goal? }',
  })
}

function currencyFixed(wanted: string, current: string, donations: number): ProblemError {
  return new ProblemError({
    status: 409,
    code: 'currency-fixed',
    title: "The campaign's currency can no longer change",
    detail: `currency is ${quoteValue(wanted)}, but ${donations} donations were made in ${current}`,
    remedy: `keep ${current}, or open another campaign`,
    errors: [{ field: 'currency', value: quoteValue(wanted), problem: `must stay ${current}` }],
  })
}
