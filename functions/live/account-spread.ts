import type { TopicContract } from '../../topics/index.ts'
import { declaredSpreadMs } from '../../topics/cost/reconnect-spread.ts'

/**
 * Over how long clients that were cut off together come back, ms: by what the environment says of the account, or by the
 * quotas of the Region that Lambda runs in (AWS_REGION). docs/aws-iot-core.md §3.
 */
export function accountSpreadMs(
  contracts: readonly TopicContract[],
  raised: { readonly CONNECTS_PER_SECOND: number; readonly SUBSCRIBES_PER_SECOND: number },
  region = process.env['AWS_REGION'] ?? '',
): number {
  const { CONNECTS_PER_SECOND: connects, SUBSCRIBES_PER_SECOND: subscribes } = raised
  return declaredSpreadMs(contracts, region, {
    ...(connects > 0 && { connects }),
    ...(subscribes > 0 && { subscribes }),
  })
}
