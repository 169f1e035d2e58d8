/**
 * The broker's state, which the packet handlers work on.
 *
 * @module
 */
import type { Authorizer } from './auth/authorizer.ts'
import type { IamCredential } from './auth/iam-credential.ts'
import type { Chaos } from './chaos.ts'
import type { Counters } from './counters.ts'
import type { Denials } from './denials.ts'
import type { Departures } from './departures.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { MeteredUnits } from './meter.ts'
import type { Connection, Session, Subscription } from './model.ts'
import type { Settings } from './options.ts'
import type { QuotaKeeper } from './quotas/quota-keeper.ts'
import type { Thing } from './policy/condition-keys.ts'
import type { RulesEngine } from './rules/rules-engine.ts'
import type { RetainedStore } from './retained-store.ts'
import type { ShadowStore } from './shadows/shadow-store.ts'
import type { SharedGroups } from './shared/shared-groups.ts'
import type { SubscriptionTrie } from './topics/subscription-trie.ts'

export interface Broker {
  readonly settings: Settings
  readonly authorizers: ReadonlyMap<string, Authorizer>
  /** By access key ID. */
  readonly credentials: ReadonlyMap<string, IamCredential>
  /** By name. */
  readonly things: ReadonlyMap<string, Thing>
  readonly connections: Set<Connection>
  /** Those of them that have sent the beginning of a large CONNECT, the oldest first. */
  readonly largeNewcomers: Set<Connection>
  /** By client ID, connected or not. */
  readonly sessions: Map<string, Session>
  readonly subscriptions: SubscriptionTrie<Subscription>
  readonly shared: SharedGroups
  readonly retained: RetainedStore
  readonly shadows: ShadowStore
  readonly lifecycle: Lifecycle
  readonly counters: Counters
  readonly departures: Departures
  /** The refusals of late. */
  readonly denials: Denials
  readonly quotas: QuotaKeeper
  readonly rules: RulesEngine
  readonly chaos: Chaos
  readonly meter: MeteredUnits
}
