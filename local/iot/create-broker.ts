import { readAuthorizer } from './auth/authorizer.ts'
import { defaultCredentials, readCredentialOptions } from './auth/iam-credential.ts'
import type { Broker } from './broker.ts'
import { newCounters } from './counters.ts'
import { Denials } from './denials.ts'
import { Departures } from './departures.ts'
import { Lifecycle } from './lifecycle.ts'
import { newMeter } from './meter.ts'
import { type IotCoreOptions, settle } from './options.ts'
import { QuotaKeeper } from './quotas/quota-keeper.ts'
import { RetainedStore } from './retained-store.ts'
import { SharedGroups } from './shared/shared-groups.ts'
import { SubscriptionTrie } from './topics/subscription-trie.ts'

/**
 * A broker nobody is connected to yet.
 *
 * @throws AuthorizerOptionsError for keys that AWS would not take, RangeError for quota limits that it would not raise, SQLite's
 *   error for a data file that cannot be used
 */
export function createBroker(options: IotCoreOptions): Broker {
  const settings = settle(options)
  const quotas = new QuotaKeeper({
    mode: settings.quotas,
    region: settings.region,
    raised: options.quotaLimits,
    log: settings.log,
  })
  return {
    settings,
    authorizers: new Map(
      (options.authorizers ?? []).map((authorizer) => [authorizer.name, readAuthorizer(authorizer)]),
    ),
    credentials: readCredentialOptions(options.credentials ?? defaultCredentials),
    things: new Map((options.things ?? []).map((thing) => [thing.thingName, thing])),
    connections: new Set(),
    sessions: new Map(),
    subscriptions: new SubscriptionTrie(),
    shared: new SharedGroups(),
    lifecycle: new Lifecycle(),
    counters: newCounters(quotas.hits),
    departures: new Departures(),
    denials: new Denials(),
    quotas,
    meter: newMeter(),
    retainedAt: new Map(),
    connectedAt: new Map(),
    // Last: whatever throws above leaves no file open.
    retained: new RetainedStore(options.dataFile ?? ':memory:'),
  }
}
