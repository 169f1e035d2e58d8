/**
 * Whether a token's principal is revoked, at little cost: mostly nobody is, and one item of the table says so for
 * everybody. A flood of visitors then reads it once a second and instance; only tokens that were issued before anybody
 * was revoked last are looked up one by one.
 *
 * @module
 */
import type { Token } from './token.ts'

/** Whether a token's principal was revoked after it was issued. `now` is in ms since 1970. */
export type IsRevoked = (token: Token, now: number) => Promise<boolean>

/** When a principal was revoked last, or (`undefined`) anybody, seconds since 1970; undefined when nobody ever was. */
export type ReadRevokedAt = (principal: string | undefined) => Promise<number | undefined>

/**
 * How long it is believed when anybody was revoked last, ms. Shorter than the time after which revoking ends connections
 * once more (`secondLookMs` of functions/live/revocation.ts), so that whoever slips in meanwhile is ended then.
 */
export const anybodyKeptMs = 1_000

/** A look-up for one instance of a function. It rejects when the table cannot be read. */
export function createRevocationLookup(read: ReadRevokedAt): IsRevoked {
  // Outlives a request: when it was last asked whether anybody is revoked, and the answer, perhaps still on its way.
  let askedAt = Number.NEGATIVE_INFINITY
  let anybody: Promise<number | undefined> = Promise.resolve(undefined)

  return async (token, now) => {
    // A clock that went back is no reason to believe it longer.
    if (Math.abs(now - askedAt) >= anybodyKeptMs) {
      askedAt = now
      anybody = read(undefined)
      // A failure is told to everyone who waits for it, and kept from nobody who asks later.
      anybody.catch(() => {
        askedAt = Number.NEGATIVE_INFINITY
      })
    }
    return isBefore(token, await anybody) && isBefore(token, await read(token.claims.principal))
  }
}

/** Whether a token was issued before the revocation, or in its very second. */
function isBefore({ issuedAt }: Token, revokedAt: number | undefined): boolean {
  return revokedAt !== undefined && issuedAt <= revokedAt
}
