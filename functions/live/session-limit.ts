/**
 * How many sessions an address may open a minute. This instance's own count comes first, so that a flood costs the
 * table nothing once it is over; then one counter that all instances share. A table that cannot be asked refuses nobody.
 *
 * @module
 */

/** Adds one to a counter and answers what it is then. `expiresAt` is in seconds since 1970. */
export type CountSession = (key: string, expiresAt: number) => Promise<number>

export interface SessionLimitOptions {
  readonly sessionsPerMinute: number
}

/** Addresses an instance counts at most; beyond them only the table counts. */
const addressesMax = 50_000

/** Seconds a counter stays after its minute, for TTL to take. */
const counterKeptSeconds = 300

/** Answers undefined when the session may be opened, or the whole seconds until the address may try again. */
export function createSessionLimit(count: CountSession, { sessionsPerMinute }: SessionLimitOptions) {
  // Outlives a request: the counts of this minute.
  let minute = 0
  let counts = new Map<string, number>()

  return async function limit(group: string, now: number): Promise<number | undefined> {
    const current = Math.floor(now / 60_000)
    if (current !== minute) {
      minute = current
      counts = new Map()
    }
    const waitSeconds = Math.max(1, Math.ceil(((current + 1) * 60_000 - now) / 1000))
    const own = (counts.get(group) ?? 0) + 1
    if (own > sessionsPerMinute) return waitSeconds
    if (counts.size < addressesMax || counts.has(group)) counts.set(group, own)
    try {
      const shared = await count(`address#${group}#${current}`, (current + 1) * 60 + counterKeptSeconds)
      if (minute === current && shared > own && counts.has(group)) counts.set(group, shared)
      return shared > sessionsPerMinute ? waitSeconds : undefined
    } catch {
      // Fails open: this instance's own count still holds, and a page that cannot connect helps no one.
      return undefined
    }
  }
}
