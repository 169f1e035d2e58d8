/**
 * A donation: what `POST /donations` takes, and the message that goes from accept to the ledger.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { parameterPattern } from '../../topics/contract/pattern.ts'
import { readTraceparent } from '../platform/bus/trace.ts'
import { currencies } from '../platform/currencies.ts'
import { hashedId } from '../platform/hashed-id.ts'
import {
  cleanLine,
  cleanText,
  emailLength,
  emailPattern,
  optionalTextField,
} from '../platform/text-fields.ts'

/** Limits of a donation. Amounts in minor units, texts in UTF-16 code units, as a browser's maxlength counts. */
export const donationLimits = {
  amountMax: 1_000_000_000,
  nameLength: 100,
  commentLength: 1000,
  emailLength,
  bodyBytes: 16 * 1024,
  idempotencyKeyLength: 255,
} as const

const message = {
  object: 'must be a JSON object',
  campaignId: 'must be 1 to 64 letters, digits, - or _',
  value: `must be a whole number of minor units (cents) from 1 to ${donationLimits.amountMax}, not a text`,
  currency: 'must be an ISO 4217 code in capitals, such as USD',
  name: `must be a text of at most ${donationLimits.nameLength} characters`,
  comment: `must be a text of at most ${donationLimits.commentLength} characters`,
  email: `must be an e-mail address of at most ${donationLimits.emailLength} characters`,
} as const

/** The body of `POST /donations`. Unknown fields are ignored. */
export const donationSchema = v.object(
  {
    campaignId: v.pipe(v.string(message.campaignId), v.regex(parameterPattern, message.campaignId)),
    amount: v.object(
      {
        value: v.pipe(
          v.number(message.value),
          v.integer(message.value),
          v.minValue(1, message.value),
          v.maxValue(donationLimits.amountMax, message.value),
        ),
        currency: v.pipe(
          v.string(message.currency),
          v.check((code) => currencies.has(code), message.currency),
        ),
      },
      message.object,
    ),
    donor: v.nullish(
      v.object(
        {
          name: optionalTextField(message.name, donationLimits.nameLength, cleanLine),
          email: v.pipe(
            v.nullish(
              v.pipe(
                v.string(message.email),
                v.trim(),
                v.maxLength(donationLimits.emailLength, message.email),
                v.check((email) => email === '' || emailPattern.test(email), message.email),
              ),
            ),
            v.transform((email) => email || undefined),
          ),
        },
        message.object,
      ),
    ),
    comment: optionalTextField(message.comment, donationLimits.commentLength, cleanText),
  },
  message.object,
)

/** A donation as its donor gave it, texts cleaned. */
export interface Donation {
  readonly campaignId: string
  readonly amount: { readonly value: number; readonly currency: string }
  readonly donor?: { readonly name?: string; readonly email?: string }
  readonly comment?: string
}

/** From accept to the ledger; docs/parts.md. */
export interface AcceptedDonation extends Donation {
  /** 26 characters of lower-case base32. */
  readonly donationId: string
  /** SHA-256 of the canonical body, base64url. */
  readonly hash: string
  /** RFC 3339. */
  readonly acceptedAt: string
  /** W3C Trace Context, when the caller sent one: the feed's and the total's messages tell it on. */
  readonly traceparent?: string
}

/** The schema's output with its blanks left out. */
export function toDonation(body: v.InferOutput<typeof donationSchema>): Donation {
  const { campaignId, amount, donor, comment } = body
  const person = {
    ...(donor?.name ? { name: donor.name } : {}),
    ...(donor?.email ? { email: donor.email } : {}),
  }
  return {
    campaignId,
    amount,
    ...(person.name || person.email ? { donor: person } : {}),
    ...(comment ? { comment } : {}),
  }
}

/** SHA-256, base64url, over the donation's fields in a fixed order: the same gift has the same hash however it was written. */
export function hashDonation(donation: Donation): string {
  const { campaignId, amount, donor, comment } = donation
  const canonical = [
    campaignId,
    amount.value,
    amount.currency,
    donor?.name ?? '',
    donor?.email ?? '',
    comment ?? '',
  ]
  return createHash('sha256').update(JSON.stringify(canonical)).digest('base64url')
}

/** The donation's id: the same caller and key give the same donation. */
export function donationIdOf(scope: string, idempotencyKey: string): string {
  return hashedId(scope, idempotencyKey)
}

const acceptedSchema = v.object({
  ...donationSchema.entries,
  donationId: v.pipe(v.string(), v.regex(/^[a-z2-7]{26}$/)),
  hash: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  acceptedAt: v.pipe(v.string(), v.isoTimestamp()),
  traceparent: v.optional(v.string()),
})

/** Reads a queue's message. Throws an Error that says why it is none of accept's. */
export function readAcceptedDonation(body: string): AcceptedDonation {
  const result = v.safeParse(acceptedSchema, JSON.parse(body), { abortEarly: true })
  if (!result.success) {
    const issue = result.issues[0]
    throw new Error(`message is no accepted donation: ${v.getDotPath(issue) ?? 'body'}: ${issue.message}`)
  }
  const { donationId, hash, acceptedAt } = result.output
  const donation = { donationId, ...toDonation(result.output), hash, acceptedAt }
  const trace = readTraceparent(result.output.traceparent)
  return trace ? { ...donation, traceparent: trace.traceparent } : donation
}
