import { readAuthorizer } from './auth/authorizer.ts'
import { defaultCredentials, readCredentialOptions } from './auth/iam-credential.ts'
import type { Broker } from './broker.ts'
import { newChaos, slowAuthorizer } from './chaos.ts'
import { newCounters } from './counters.ts'
import { Denials } from './denials.ts'
import { Departures } from './departures.ts'
import { Lifecycle } from './lifecycle.ts'
import { newMessage } from './message.ts'
import { newMeter } from './meter.ts'
import { type IotCoreOptions, settle } from './options.ts'
import { publish } from './publish.ts'
import { QuotaKeeper } from './quotas/quota-keeper.ts'
import { RulesEngine } from './rules/rules-engine.ts'
import { RetainedStore } from './retained-store.ts'
import { ShadowStore } from './shadows/shadow-store.ts'
import { SharedGroups } from './shared/shared-groups.ts'
import { SubscriptionTrie } from './topics/subscription-trie.ts'

/**
 * A broker nobody is connected to yet.
 *
 * @throws AuthorizerOptionsError for keys that AWS would not take, RuleError for rules that would not run as AWS runs them, RangeError for quota limits that it would not raise,
 *   DataFileError for a data file that cannot be used
 */
export function createBroker(options: IotCoreOptions): Broker {
  const settings = settle(options)
  const quotas = new QuotaKeeper({
    mode: settings.quotas,
    region: options.quotaRegion ?? settings.region,
    raised: options.quotaLimits,
    log: settings.log,
  })
  const chaos = newChaos(settings)
  const broker: Broker = {
    settings,
    authorizers: new Map(
      (options.authorizers ?? []).map((authorizer) => [
        authorizer.name,
        readAuthorizer(slowAuthorizer(authorizer, settings, chaos)),
      ]),
    ),
    credentials: readCredentialOptions(options.credentials ?? defaultCredentials),
    things: new Map((options.things ?? []).map((thing) => [thing.thingName, thing])),
    connections: new Set(),
    largeNewcomers: new Set(),
    sessions: new Map(),
    subscriptions: new SubscriptionTrie(),
    shared: new SharedGroups(),
    lifecycle: new Lifecycle(),
    counters: newCounters(quotas.hits),
    departures: new Departures(),
    denials: new Denials(),
    quotas,
    meter: newMeter(),
    chaos,
    rules: new RulesEngine({
      rules: options.rules ?? [],
      targets: options.ruleTargets ?? {},
      clock: settings.clock,
      chance: settings.chance.fork('rules'),
      faults: settings.faults,
      quotas,
      log: settings.log,
      publish: (published) => {
        const now = settings.clock.now()
        if (publish(broker, newMessage(published, now), now) === 'throttled')
          throw new Error(`the publish to ${published.topic} is over a quota`)
      },
    }),
    // Last: whatever throws above leaves no file open.
    retained: new RetainedStore(options.dataFile ?? ':memory:'),
    shadows: new ShadowStore(options.dataFile ?? ':memory:'),
  }
  return broker
}
