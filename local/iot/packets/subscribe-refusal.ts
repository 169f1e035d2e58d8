/** What AWS refuses of one filter in a SUBSCRIBE. docs/aws-iot-core.md §2.3, §2.5, §2.7, §12.8. */
import type { Broker } from '../broker.ts'
import type { Client } from '../model.ts'
import { maySubscribe } from '../quotas/checks.ts'
import type { Refusal } from '../problem.ts'
import { reason } from '../reason-codes.ts'
import { mayJoin } from '../shared/membership.ts'
import { filterProblem } from '../shared/shared-filter.ts'

/** Why a filter is not granted to anybody, or not to this client; or undefined. */
export function filterRefusal(client: Client, filter: string): Refusal | undefined {
  const problem = filterProblem(filter)
  if (problem)
    return {
      ...problem,
      code: reason.topicFilterInvalid,
      message: `filter ${JSON.stringify(filter.slice(0, 300))}: ${problem.message}`,
    }
  if (!client.permissions.may('Subscribe', filter))
    return { code: reason.notAuthorized, message: `iot:Subscribe on ${filter} is denied` }
  return undefined
}

/** Which quota one more subscription would be over, or undefined. */
export function quotaRefusal(broker: Broker, client: Client, filter: string): Refusal | undefined {
  const { subscriptions } = client.session
  const { quotas } = broker
  const now = broker.settings.clock.now()
  if (!maySubscribe(broker, now))
    return {
      code: reason.quotaExceeded,
      message: `filter ${filter}: over the account's quota of subscriptions, or of those a second`,
    }
  if (!subscriptions.has(filter) && !quotas.hasRoom('subscriptionsPerConnection', subscriptions.size, now))
    return {
      code: reason.quotaExceeded,
      message: `filter ${filter}: over the quota of subscriptions per connection (${quotas.limits.subscriptionsPerConnection})`,
    }
  if (!mayJoin(broker, client.session, filter))
    return { code: reason.quotaExceeded, message: `filter ${filter}: over a quota of shared subscriptions` }
  return undefined
}
