/**
 * POST /donations: takes a donation and answers once AWS holds its message. What it looks up fails open: no donation
 * is refused because a table cannot be read; the ledger decides then.
 *
 * @module
 */
import * as v from 'valibot'
import { campaignUnknown } from '../campaigns/campaign.ts'
import { unauthorised } from '../platform/http.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'
import { findServiceToken, type ServiceToken } from '../platform/service-tokens.ts'
import { unfitBody } from '../platform/unfit-body.ts'
import {
  type AcceptedDonation,
  type Donation,
  donationIdOf,
  donationLimits,
  donationSchema,
  hashDonation,
  toDonation,
} from './donation.ts'

/** What accept may look up. Both may throw: then the donation is taken. */
export interface AcceptLookups {
  /** The hash of a recorded donation. */
  recordedHash(donationId: string): Promise<string | undefined>
  /** A campaign's currency, strongly read; undefined when there is no such campaign. */
  campaignCurrency(campaignId: string): Promise<string | undefined>
}

/** Takes one message; throws when AWS did not. */
export type SendDonation = (donation: AcceptedDonation) => Promise<void>

export interface AcceptPorts {
  readonly lookups: AcceptLookups
  /** The way of every donation: SNS. */
  readonly publish: SendDonation
  /** The way when `publish` fails: straight to the ledger's queue. */
  readonly enqueue: SendDonation
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface AcceptOptions {
  readonly donationsFrom: 'service' | 'anyone'
  readonly tokens: readonly ServiceToken[]
}

export interface AcceptRequest {
  readonly bearer: string | undefined
  readonly idempotencyKey: string | undefined
  /** The caller's, if it sent one. */
  readonly traceparent?: string | undefined
  /** Parses the body as JSON, once the caller is known; throws a ProblemError. */
  readonly readBody: () => unknown
}

/**
 * How long an instance trusts that a campaign exists and has this currency, ms. Only what lets a donation in is
 * remembered: absence, and a currency that would refuse it, are looked up each time.
 */
export const campaignKnownForMs = 60_000

/** How long an instance leaves look-ups alone after one failed, ms: an outage must not add its time-out to each donation. */
export const lookupPauseMs = 5_000

/** Campaigns an instance remembers at most. */
const campaignsKnownMax = 1_000

/** Who gives: the scope within which idempotency keys are one's own. */
export function scopeOf(request: AcceptRequest, options: AcceptOptions): string {
  if (request.bearer === undefined) {
    if (options.donationsFrom === 'anyone') return 'visitor'
    throw unauthorised('no bearer token', 'send the token of a service or of staff')
  }
  const token = findServiceToken(options.tokens, request.bearer)
  if (!token) throw unauthorised('the bearer token is not known', 'send the token of a service or of staff')
  return `service:${token.name}`
}

/** Accepts donations; keeps what it knows of campaigns and of failed look-ups from one request to the next. */
export function createAccept(ports: AcceptPorts, options: AcceptOptions) {
  const known = new Map<string, { currency: string; until: number }>()
  let lookupsPausedUntil = 0

  return async function accept(request: AcceptRequest): Promise<{ donationId: string }> {
    const scope = scopeOf(request, options)
    const donationId = donationIdOf(scope, checkKey(request.idempotencyKey))
    const donation = checkBody(request.readBody())
    const hash = hashDonation(donation)
    const now = ports.now()

    const facts = await lookUp(donationId, donation, now)
    if (facts.hash !== undefined) {
      if (facts.hash === hash) return { donationId }
      throw keyReused(request.idempotencyKey)
    }
    if (facts.currency === null) throw campaignUnknown(donation.campaignId)
    if (facts.currency !== undefined && facts.currency !== donation.amount.currency) {
      throw currencyDiffers(donation.amount.currency, facts.currency)
    }

    const { traceparent } = request
    const message = {
      donationId,
      ...donation,
      hash,
      acceptedAt: new Date(now).toISOString(),
      ...(traceparent === undefined ? {} : { traceparent }),
    }
    try {
      await ports.publish(message)
    } catch (publishError) {
      // SNS throttles or fails: the queue behind it takes the same message. Taken by both, the ledger counts it once.
      try {
        await ports.enqueue(message)
      } catch (enqueueError) {
        throw notTaken(
          new AggregateError([publishError, enqueueError], 'neither SNS nor SQS took the donation'),
        )
      }
    }
    return { donationId }
  }

  /** `currency` is null when the campaign does not exist, undefined when that could not be found out. */
  async function lookUp(
    donationId: string,
    { campaignId, amount }: Donation,
    now: number,
  ): Promise<{ hash?: string | undefined; currency?: string | null | undefined }> {
    const campaign = known.get(campaignId)
    // Staff may have changed the currency since: what would refuse a donation is not trusted from memory.
    const trusted = campaign !== undefined && campaign.until > now && campaign.currency === amount.currency
    if (now < lookupsPausedUntil) return { currency: trusted ? campaign.currency : undefined }
    try {
      if (trusted) {
        return { hash: await ports.lookups.recordedHash(donationId), currency: campaign.currency }
      }
      const [hash, currency] = await Promise.all([
        ports.lookups.recordedHash(donationId),
        ports.lookups.campaignCurrency(campaignId),
      ])
      if (currency === undefined) return { hash, currency: null }
      if (known.size >= campaignsKnownMax) known.clear()
      known.set(campaignId, { currency, until: now + campaignKnownForMs })
      return { hash, currency }
    } catch {
      // Fails open, whatever the error: the ledger makes the same checks, and money is not turned away for a look-up.
      lookupsPausedUntil = ports.now() + lookupPauseMs
      return { currency: trusted ? campaign.currency : undefined }
    }
  }
}

function checkKey(key: string | undefined): string {
  if (key !== undefined && key.length <= donationLimits.idempotencyKeyLength && /^[\x21-\x7e]+$/.test(key)) {
    return key
  }
  throw new ProblemError({
    status: 400,
    code: 'idempotency-key-unfit',
    title: 'A donation needs an Idempotency-Key',
    detail: key ? `the Idempotency-Key is ${quoteValue(key)}` : 'the header Idempotency-Key is missing',
    remedy: `send 1 to ${donationLimits.idempotencyKeyLength} visible ASCII characters, a UUID for instance, new for each donation and the same for its retries`,
  })
}

function checkBody(body: unknown) {
  const result = v.safeParse(donationSchema, body)
  if (result.success) return toDonation(result.output)
  throw unfitBody(result.issues, {
    code: 'donation-unfit',
    title: 'This is no donation',
    remedy: 'correct the fields named in errors and send again with the same Idempotency-Key',
  })
}

function keyReused(key: string | undefined): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'idempotency-key-reused',
    title: 'The Idempotency-Key belongs to another donation',
    detail: `the Idempotency-Key ${quoteValue(key)} was used with another body`,
    remedy: 'use a new key for a new donation, and the same body for a retry',
  })
}

function currencyDiffers(currency: string, campaignCurrency: string): ProblemError {
  const problem = `must be ${campaignCurrency}, the campaign's currency`
  return new ProblemError({
    status: 422,
    code: 'currency-differs',
    title: "The amount is not in the campaign's currency",
    detail: `amount.currency is ${quoteValue(currency)} and ${problem}`,
    remedy: `give in ${campaignCurrency}`,
    errors: [{ field: 'amount.currency', value: quoteValue(currency), problem }],
  })
}

function notTaken(cause: unknown): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'donation-not-taken',
    title: 'The donation could not be taken',
    detail: 'neither the topic nor the queue took the donation',
    remedy: 'send it again with the same Idempotency-Key; it is counted once however often it is sent',
    headers: { 'retry-after': '2' },
    cause,
  })
}
