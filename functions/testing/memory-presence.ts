/**
 * The presence table in memory, with what may befall a request: the instance is killed before or after it took effect,
 * the answer is lost, another transaction is in the way.
 *
 * @module
 */
import {
  countChanges,
  type PersonChange,
  type PresenceOutcome,
  type PresenceStore,
  type StoredPerson,
} from '../live/presence/presence-store.ts'
import { KilledError } from './memory-ledger.ts'

export interface PresenceFaults {
  /** Probability, at each request, that the instance dies there. */
  kill: number
  /** Probability that a commit's answer is lost, or never was. */
  busy: number
}

export class MemoryPresence {
  readonly people = new Map<string, StoredPerson>()
  readonly counts = new Map<string, number>()
  readonly faults: PresenceFaults = { kill: 0, busy: 0 }
  /** The lowest that any count ever was. */
  lowest = 0
  commits = 0
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  /** The store as one instance of the function has it. */
  connect(): PresenceStore {
    let dead = false
    const request = async <Result>(effect: () => Result): Promise<Result> => {
      for (let turns = Math.floor(this.#random() * 4); turns > 0; turns--) await Promise.resolve()
      if (dead) throw new KilledError()
      const killed = this.#random() < this.faults.kill
      if (killed && this.#random() < 0.5) {
        dead = true
        throw new KilledError()
      }
      const result = effect()
      dead = killed
      await Promise.resolve()
      if (dead) throw new KilledError()
      return result
    }
    return {
      read: (principals) =>
        request(
          () =>
            new Map(
              principals.flatMap((principal) => {
                const found = this.people.get(principal)
                return found ? [[principal, found] as const] : []
              }),
            ),
        ),
      commit: (changes) =>
        request(() => {
          if (this.#random() >= this.faults.busy) return this.#commit(changes)
          if (this.#random() < 0.5) this.#commit(changes)
          return 'busy'
        }),
    }
  }

  #commit(changes: readonly PersonChange[]): PresenceOutcome {
    this.commits += 1
    const moved = changes.some(
      ({ before, after }) => this.people.get(after.person.principal)?.version !== before?.version,
    )
    if (moved) return 'moved'
    for (const { after } of changes) this.people.set(after.person.principal, after)
    for (const [topic, by] of countChanges(changes)) {
      const count = (this.counts.get(topic) ?? 0) + by
      this.lowest = Math.min(this.lowest, count)
      this.counts.set(topic, count)
    }
    return 'committed'
  }
}
