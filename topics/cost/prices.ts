/**
 * What AWS charges, as data: each price with the day it was read and where. A price without a source is not here, and
 * whatever it would price is named in the estimate as left out. Prices change: read them again before a decision.
 *
 * @module
 */

export interface PriceSource {
  readonly url: string
  /** When it was read, or was current by its own word. */
  readonly read: string
  readonly note?: string
}

/** US dollars per million up to so many a month; the last tier has no end. */
export interface PriceTier {
  readonly upTo: number
  readonly perMillion: number
}

export interface RegionPrices {
  /** IoT Core connection minutes, US dollars per million. */
  readonly connectionMinutesPerMillion: number
  /** IoT Core messages of 5 KB, by the account's volume in a month. */
  readonly messageTiers: readonly PriceTier[]
  /** Set when the discounts of larger volumes have no source here: then everything is at the first tier's price. */
  readonly tiersUnknown?: true
  /** IoT Core rules: triggered, and actions applied, US dollars per million each. */
  readonly rulesPerMillion?: { readonly triggered: number; readonly actions: number }
  /** Lambda on arm64, which serverless.yml chooses: first tier of duration. */
  readonly lambda?: { readonly requestsPerMillion: number; readonly perGbSecond: number }
  readonly sources: readonly PriceSource[]
}

const billion = 1e9

const metering: PriceSource = {
  url: 'https://aws.amazon.com/iot-core/pricing/additional-details/',
  read: '2026-11-21',
  note: 'what is metered, in steps of 5 KB',
}

/** By AWS Region. */
export const prices: Readonly<Record<string, RegionPrices>> = {
  'eu-west-1': {
    connectionMinutesPerMillion: 0.08,
    messageTiers: [{ upTo: Number.POSITIVE_INFINITY, perMillion: 1 }],
    tiersUnknown: true,
    sources: [
      {
        url: 'https://aws.amazon.com/iot-core/pricing/',
        read: '2026-09-20',
        note: 'by way of github.com/api-evangelist/amazon-iot-core',
      },
      metering,
    ],
  },
  'us-east-1': {
    connectionMinutesPerMillion: 0.08,
    messageTiers: [
      { upTo: billion, perMillion: 1 },
      { upTo: 5 * billion, perMillion: 0.8 },
      { upTo: Number.POSITIVE_INFINITY, perMillion: 0.7 },
    ],
    rulesPerMillion: { triggered: 0.15, actions: 0.15 },
    lambda: { requestsPerMillion: 0.2, perGbSecond: 0.000_013_333_4 },
    sources: [
      {
        url: 'https://aws.amazon.com/iot-core/pricing/',
        read: '2026-07',
        note: "IoT Core's figures of this Region as several projects quote them; AWS's page itself was not read",
      },
      {
        url: 'https://aws.amazon.com/lambda/pricing/',
        read: '2024',
        note: 'arm64, by way of https://cloudchipr.com/blog/aws-lambda-pricing',
      },
      metering,
    ],
  },
  'eu-central-1': {
    connectionMinutesPerMillion: 0.096,
    messageTiers: [
      { upTo: billion, perMillion: 1.2 },
      { upTo: 5 * billion, perMillion: 0.96 },
      { upTo: Number.POSITIVE_INFINITY, perMillion: 0.84 },
    ],
    sources: [
      {
        url: 'https://aws.amazon.com/iot-core/pricing/',
        read: '2026-11',
        note: "AWS's price list as public test code quotes it",
      },
      metering,
    ],
  },
}

/** The Region of serverless.yml. */
export const defaultRegion = 'eu-west-1'

/** What no estimate here prices, and why. */
export const leftOut: readonly string[] = [
  'the free tier',
  'data transfer',
  'API Gateway, DynamoDB, SNS, SQS, SES, CloudWatch: no sourced price here',
  "IoT Core's GetRetainedMessage, DeleteConnection, GetConnection and ListSubscriptions: AWS's pages name no price",
  'presence: two rules and actions a visit, and what stands behind them (docs/presence.md)',
]

/** US dollars for `units` messages in a month. */
export function messageDollars(units: number, tiers: readonly PriceTier[]): number {
  let dollars = 0
  let from = 0
  for (const { upTo, perMillion } of tiers) {
    dollars += (Math.max(0, Math.min(units, upTo) - from) / 1e6) * perMillion
    from = upTo
  }
  return dollars
}

/** The prices of a Region. Throws RangeError for one that has none here. */
export function pricesOf(region: string): RegionPrices {
  const found = Object.hasOwn(prices, region) ? prices[region] : undefined
  if (found) return found
  throw new RangeError(
    `region ${JSON.stringify(region)} has no sourced prices here: use one of ${Object.keys(prices).join(', ')}, or add its prices and their source to topics/cost/prices.ts`,
  )
}
