/**
 * How often an address may do something in a minute. This instance's own count comes first, so that a flood costs the
 * table nothing once it is over; then one counter that all instances share. A table that cannot be asked refuses nobody.
 *
 * @module
 */

/** Adds one to a counter and answers what it is then. `expiresAt` is in seconds since 1970. */
export type CountAddress = (key: string, expiresAt: number) => Promise<number>

/** Undefined when the address may, or the whole seconds until it may try again. `now` in ms since 1970. */
export type AddressLimit = (group: string, now: number) => Promise<number | undefined>

/** Addresses an instance counts at most; beyond them only the table counts. */
const addressesMax = 50_000

/** Seconds a counter stays after its minute, for TTL to take. */
const counterKeptSeconds = 300

/** A limit of `perMinute`; addresses are `addressGroup`'s. */
export function createAddressLimit(count: CountAddress, perMinute: number): AddressLimit {
  // Outlives a request: the counts of this minute.
  let minute = 0
  let counts = new Map<string, number>()

  return async (group, now) => {
    const current = Math.floor(now / 60_000)
    if (current !== minute) {
      minute = current
      counts = new Map()
    }
    const waitSeconds = Math.max(1, Math.ceil(((current + 1) * 60_000 - now) / 1000))
    const own = (counts.get(group) ?? 0) + 1
    if (own > perMinute) return waitSeconds
    if (counts.size < addressesMax || counts.has(group)) counts.set(group, own)
    try {
      const shared = await count(`address#${group}#${current}`, (current + 1) * 60 + counterKeptSeconds)
      if (minute === current && shared > own && counts.has(group)) counts.set(group, shared)
      return shared > perMinute ? waitSeconds : undefined
    } catch {
      // Fails open: this instance's own count still holds, and a table that is away must turn nobody away.
      return undefined
    }
  }
}
