/**
 * A rate of each topic, client ID or thing: so many in a second that begins with its first. AWS does not publish how it counts.
 *
 * @module
 */

/**
 * Time by which the next second may begin early, ms: who keeps one second between two sends cannot see how long each was
 * on its way.
 */
const toleranceMs = 50

const secondMs = 1000 - toleranceMs

interface Second {
  /** Ms since 1970. */
  readonly since: number
  count: number
}

export class KeyedRate {
  readonly #limit: number
  readonly #seconds = new Map<string, Second>()

  /** So many a second of each key. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Ms since the second of this key began, when it has no room for one more; else undefined. */
  overSince(key: string, now: number): number | undefined {
    const second = this.#seconds.get(key)
    if (!second || second.count < this.#limit || hasPassed(second, now)) return undefined
    return now - second.since
  }

  /** Counts one. */
  note(key: string, now: number): void {
    const second = this.#seconds.get(key)
    if (second && !hasPassed(second, now)) second.count += 1
    else this.#seconds.set(key, { since: now, count: 1 })
  }

  /** Forgets the seconds that have passed. */
  sweep(now: number): void {
    for (const [key, second] of this.#seconds) if (hasPassed(second, now)) this.#seconds.delete(key)
  }
}

/** A clock that was set back begins a second anew. */
function hasPassed({ since }: Second, now: number): boolean {
  return Math.abs(now - since) >= secondMs
}
