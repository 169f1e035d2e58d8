/**
 * The account's quotas that an audience runs into, by Region. docs/aws-iot-core.md §3;
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html, read in October 2026.
 *
 * @module
 */

export interface AccountQuota {
  /** As Service Quotas lists it. */
  readonly name: string
  readonly value: number
  readonly smallValue: number
}

export const accountQuotas = {
  outbound: {
    name: 'Outbound publish requests per second per account',
    value: 20_000,
    smallValue: 2000,
  },
  inbound: {
    name: 'Inbound publish requests per second per account',
    value: 20_000,
    smallValue: 2000,
  },
  retained: {
    name: 'Retained message inbound publish requests per second per account',
    value: 500,
    smallValue: 50,
  },
  retainedMessages: {
    name: 'Maximum number of retained messages per account',
    value: 500_000,
    smallValue: 100_000,
  },
  connections: {
    name: 'Maximum concurrent client connections per account',
    value: 500_000,
    smallValue: 100_000,
  },
  connects: { name: 'Connect requests per second per account', value: 3000, smallValue: 100 },
  subscriptions: { name: 'Subscriptions per account', value: 500_000, smallValue: 100_000 },
  subscribes: { name: 'Subscriptions per second per account', value: 3000, smallValue: 200 },
} as const satisfies Readonly<Record<string, AccountQuota>>

export type AccountQuotaId = keyof typeof accountQuotas

export const accountQuotaIds = Object.keys(accountQuotas) as AccountQuotaId[]

/**
 * Regions with the smaller values: Stockholm, Bahrain, UAE, Paris, Hong Kong, both GovCloud, N. California, Canada (Central),
 * Ningxia, Malaysia, Spain. docs/aws-iot-core.md §3.
 */
export const smallRegions: ReadonlySet<string> = new Set([
  'eu-north-1',
  'me-south-1',
  'me-central-1',
  'eu-west-3',
  'ap-east-1',
  'us-gov-east-1',
  'us-gov-west-1',
  'us-west-1',
  'ca-central-1',
  'cn-northwest-1',
  'ap-southeast-5',
  'eu-south-2',
])

/** Each quota's value in a Region, with those that AWS has raised for the account. */
export function accountQuotaValues(
  region: string,
  raised: Readonly<Partial<Record<AccountQuotaId, number>>> = {},
): Readonly<Record<AccountQuotaId, number>> {
  const small = smallRegions.has(region)
  return Object.fromEntries(
    accountQuotaIds.map((id) => [
      id,
      raised[id] ?? (small ? accountQuotas[id].smallValue : accountQuotas[id].value),
    ]),
  ) as Record<AccountQuotaId, number>
}
