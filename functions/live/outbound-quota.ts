import { accountQuotaValues } from '../../topics/cost/account-quotas.ts'

/**
 * Messages a second that the account may send to all receivers together: what the environment says, or the quota of the
 * Region that Lambda runs in (AWS_REGION). docs/aws-iot-core.md §3.
 */
export function outboundPerSecond(raised: number, region = process.env['AWS_REGION'] ?? ''): number {
  return accountQuotaValues(region, raised > 0 ? { outbound: raised } : {}).outbound
}
