/**
 * The groups of shared subscriptions, beside the trie of all others: where there are none, a publish costs nothing more.
 * A group is its name and the text of its filter. docs/aws-iot-core.md §2.5.
 *
 * @module
 */
import type { Message } from '../message.ts'
import type { Session, Subscription } from '../model.ts'
import { SubscriptionTrie } from '../topics/subscription-trie.ts'
import { heardBy } from './shared-filter.ts'

export interface SharedGroup {
  /** `$share/{ShareName}/{filter}` */
  readonly filter: string
  readonly members: Map<Session, Subscription>
  /** QoS 1 messages that no member could take, the oldest first. */
  readonly queue: Message[]
  /** Bytes of payload in `queue`. */
  queuedBytes: number
  /** Whether the queue is being sent. */
  draining: boolean
  /** Subscriptions and unsubscriptions in the second that began at `since`. */
  readonly changes: { since: number; count: number }
}

export class SharedGroups {
  readonly #groups = new Map<string, SharedGroup>()
  readonly #byTopic = new SubscriptionTrie<SharedGroup>()
  #members = 0

  /** Groups that have a member. */
  get size(): number {
    return this.#groups.size
  }

  /** Members of all groups. */
  get members(): number {
    return this.#members
  }

  get(filter: string): SharedGroup | undefined {
    return this.#groups.get(filter)
  }

  /** Adds or replaces the session's membership. The filter is taken as valid. */
  join(filter: string, subscription: Subscription): SharedGroup {
    let group = this.#groups.get(filter)
    if (!group) {
      group = {
        filter,
        members: new Map(),
        queue: [],
        queuedBytes: 0,
        draining: false,
        changes: { since: 0, count: 0 },
      }
      this.#groups.set(filter, group)
      this.#byTopic.add(heardBy(filter), group, group)
    }
    if (!group.members.has(subscription.session)) this.#members += 1
    group.members.set(subscription.session, subscription)
    return group
  }

  /** Takes the session out; with its last member a group goes, and what it queued. Answers whether it was a member. */
  leave(filter: string, session: Session): boolean {
    const group = this.#groups.get(filter)
    if (!group?.members.delete(session)) return false
    this.#members -= 1
    if (group.members.size === 0) {
      this.#groups.delete(filter)
      this.#byTopic.remove(heardBy(filter), group)
      group.queue.length = 0
    }
    return true
  }

  /** The groups that hear the topic. */
  match(topic: string): SharedGroup[] {
    return this.#byTopic.match(topic).flatMap((groups) => [...groups.values()])
  }
}
