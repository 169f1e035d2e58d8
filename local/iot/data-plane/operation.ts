import type { AwsRequest, AwsResponse } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import type { ConditionContext } from '../policy/condition-keys.ts'
import type { IotAction, Permissions } from '../policy/permissions.ts'
import { mayAskOfClient } from '../quotas/checks.ts'
import type { AccountRateId } from '../quotas/catalogue.ts'
import { DataPlaneError } from './answer.ts'

/** One operation of the data plane. Throws or rejects with DataPlaneError for what AWS refuses. */
export type Operation = (
  broker: Broker,
  request: AwsRequest,
  caller: Permissions,
) => AwsResponse | Promise<AwsResponse>

/** Throws ForbiddenException, saying which statement decided, unless the caller may do this. docs/aws-iot-core.md §6. */
export function authorize(
  caller: Permissions,
  action: IotAction,
  name: string,
  context?: ConditionContext,
): void {
  const denial = caller.denialOf(action, name, context)
  if (denial)
    throw new DataPlaneError(
      'ForbiddenException',
      `${denial.principal} may not ${denial.action} on ${denial.resource}: ${denial.because}`,
    )
}

/** As `takeRate`, and one a second for each client ID. docs/aws-iot-core.md §3. */
export function takeClientRate(
  broker: Broker,
  quota: 'deleteConnection' | 'getConnection' | 'listSubscriptions',
  clientId: string,
): void {
  takeRate(broker, quota)
  if (mayAskOfClient(broker, quota, clientId, broker.settings.clock.now())) return
  throw new DataPlaneError(
    'ThrottlingException',
    `over the quota of one such request a second for client ${clientId}: send it again later`,
  )
}

/** Throws ThrottlingException when the account is over its rate of these requests. docs/aws-iot-core.md §3. */
export function takeRate(broker: Broker, quota: AccountRateId): void {
  const { limits } = broker.quotas
  if (broker.quotas.take(quota, 1, broker.settings.clock.now()) === 1) return
  throw new DataPlaneError(
    'ThrottlingException',
    `over the account's quota of ${limits[quota]} requests a second: send it again later`,
  )
}
