/**
 * The presence table as its use cases see it, and the rule that keeps its counts exact.
 *
 * @module
 */
import { heardTopics, type Person } from './person.ts'

/** A person as the table has it. */
export interface StoredPerson {
  readonly person: Person
  /** Raised by each write: the condition of the next. */
  readonly version: number
  /** When to look after the connections again, ms since 1970. */
  readonly dueAt: number
  /** When something was last heard, ms since 1970, by our clock. */
  readonly changedAt: number
}

/** One person's part of a transaction. */
export interface PersonChange {
  /** As it was read; the condition. */
  readonly before: StoredPerson | undefined
  readonly after: StoredPerson
}

/** All or nothing. `moved`: a person is not as read. `busy`: throttling, a conflict, no answer; it may have been written. */
export type PresenceOutcome = 'committed' | 'moved' | 'busy'

export interface PresenceStore {
  /** Strongly read; those that are not there are left out. At most `peopleAtOnce`. */
  read(principals: readonly string[]): Promise<ReadonlyMap<string, StoredPerson>>
  /** The people and what they change in the counts, in one transaction. */
  commit(changes: readonly PersonChange[]): Promise<PresenceOutcome>
}

/** People read in one request: DynamoDB's BatchGetItem takes 100 keys. */
export const peopleAtOnce = 100

/** Items of a DynamoDB transaction. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const transactionItemsMax = 100

/**
 * By how much each topic's count changes. Whatever the transactions, a topic's count is the number of people in the
 * table that hear it: never negative, and never off, because each person is written under the condition that it is as
 * it was read, together with the difference.
 */
export function countChanges(changes: readonly PersonChange[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const add = (topic: string, by: number) => counts.set(topic, (counts.get(topic) ?? 0) + by)
  for (const { before, after } of changes) {
    const was = heardTopics(before?.person)
    const is = heardTopics(after.person)
    for (const topic of is) if (!was.has(topic)) add(topic, 1)
    for (const topic of was) if (!is.has(topic)) add(topic, -1)
  }
  for (const [topic, by] of counts) if (by === 0) counts.delete(topic)
  return counts
}

/** As many of the changes, from the first, as fit one transaction; at least one. */
export function fittingTransaction(changes: readonly PersonChange[]): readonly PersonChange[] {
  const topics = new Set<string>()
  let fitting = 0
  for (const change of changes) {
    // Also topics whose changes cancel each other out: which do is not known yet.
    for (const topic of countChanges([change]).keys()) topics.add(topic)
    if (fitting > 0 && fitting + 1 + topics.size > transactionItemsMax) break
    fitting += 1
  }
  return changes.slice(0, fitting)
}
