/**
 * Subscriptions come and go here, shared or not: the session's own list, and the trie or the group that delivers.
 *
 * @module
 */
import type { Broker } from '../broker.ts'
import type { Session, Subscription } from '../model.ts'
import { isShared } from '../topics/topic-name.ts'
import type { SharedGroup } from './shared-groups.ts'

/** Adds or replaces a subscription. The filter is taken as valid. */
export function addSubscription(broker: Broker, filter: string, subscription: Subscription): void {
  subscription.session.subscriptions.set(filter, subscription)
  if (isShared(filter)) noteChange(broker.shared.join(filter, subscription), broker.settings.clock.now())
  else broker.subscriptions.add(filter, subscription.session, subscription)
}

/** Takes one away. Answers whether there was one. */
export function removeSubscription(broker: Broker, filter: string, session: Session): boolean {
  session.subscriptions.delete(filter)
  if (!isShared(filter)) return broker.subscriptions.remove(filter, session)
  const group = broker.shared.get(filter)
  const wasMember = broker.shared.leave(filter, session)
  // Who was no member must not use up the changes that the group may have.
  if (group && wasMember) noteChange(group, broker.settings.clock.now())
  return wasMember
}

/** Whether a session may join a group, by the quotas of groups, members, and changes a second. docs/aws-iot-core.md §2.5. */
export function mayJoin({ quotas, shared, settings }: Broker, session: Session, filter: string): boolean {
  if (!isShared(filter)) return true
  const now = settings.clock.now()
  const group = shared.get(filter)
  if (!group) return quotas.hasRoom('sharedGroups', shared.size, now)
  const { members, changes } = group
  return (
    (members.has(session) || quotas.hasRoom('sharedGroupMembers', members.size, now)) &&
    quotas.hasRoom('sharedGroupChanges', Math.abs(now - changes.since) >= 1000 ? 0 : changes.count, now)
  )
}

function noteChange({ changes }: SharedGroup, now: number): void {
  if (Math.abs(now - changes.since) >= 1000) {
    changes.since = now
    changes.count = 0
  }
  changes.count += 1
}
