/**
 * Whether a principal is revoked, at little cost: mostly nobody is, and one item of the table says so for everybody. A
 * flood of visitors then reads it once a second and instance; only while someone is revoked is each principal looked up.
 *
 * @module
 */
import type { Revocations } from './revocation.ts'

/** Until when a principal is revoked, or (`undefined`) anybody, seconds since 1970; undefined when nobody ever was. */
export type ReadRevokedUntil = (principal: string | undefined) => Promise<number | undefined>

/**
 * How long `nobody is revoked` is believed, ms. Shorter than the time after which revoking ends connections once more
 * (`secondLookMs` of revocation.ts), so that whoever slips in meanwhile is ended then.
 */
export const nobodyKeptMs = 1_000

/** A look-up for one instance of a function. It rejects when the table cannot be read. */
export function createRevocationLookup(read: ReadRevokedUntil): Revocations['isRevoked'] {
  // Outlives a request: when it was last asked whether anybody is revoked, and the answer, perhaps still on its way.
  let askedAt = Number.NEGATIVE_INFINITY
  let anybody: Promise<number | undefined> = Promise.resolve(undefined)

  return async (principal, now) => {
    if (now - askedAt >= nobodyKeptMs) {
      askedAt = now
      anybody = read(undefined)
      // A failure is told to everyone who waits for it, and kept from nobody who asks later.
      anybody.catch(() => {
        askedAt = Number.NEGATIVE_INFINITY
      })
    }
    if (!isAhead(await anybody, now)) return false
    return isAhead(await read(principal), now)
  }
}

/** TTL takes an item up to days after its time, so its time is looked at. */
function isAhead(until: number | undefined, now: number): boolean {
  return until !== undefined && until * 1000 > now
}
