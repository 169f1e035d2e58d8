/**
 * A token bucket: so many a second, and at most a second's worth at once. AWS does not publish how it counts a second.
 *
 * @module
 */
export interface Rate {
  /** A second. */
  readonly limit: number
  tokens: number
  /** When `tokens` was right, ms since 1970. */
  at: number
  /** The second, since 1970, that `wanted` counts, and what was wanted in the one before and in the fullest. */
  second: number
  wanted: number
  wantedBefore: number
  wantedMost: number
}

/** A full bucket. */
export function newRate(limit: number): Rate {
  return { limit, tokens: limit, at: 0, second: 0, wanted: 0, wantedBefore: 0, wantedMost: 0 }
}

/** Takes up to `n` and answers how many there were, a whole number. */
export function takeTokens(rate: Rate, n: number, now: number): number {
  const elapsedMs = now - rate.at
  if (elapsedMs !== 0) {
    // A clock that was set back fills nothing, and does not keep the bucket empty until it has caught up.
    if (elapsedMs > 0) rate.tokens = Math.min(rate.limit, rate.tokens + (elapsedMs * rate.limit) / 1000)
    rate.at = now
  }
  note(rate, n, now)
  if (rate.tokens >= n) {
    rate.tokens -= n
    return n
  }
  const taken = Math.floor(rate.tokens)
  rate.tokens -= taken
  return taken
}

/** What was wanted in the last whole second before `now`. */
export function lastSecond(rate: Rate, now: number): number {
  const second = Math.floor(now / 1000)
  if (second === rate.second) return rate.wantedBefore
  return second === rate.second + 1 ? rate.wanted : 0
}

function note(rate: Rate, n: number, now: number): void {
  const second = Math.floor(now / 1000)
  if (second !== rate.second) {
    rate.wantedBefore = second === rate.second + 1 ? rate.wanted : 0
    rate.second = second
    rate.wanted = 0
  }
  rate.wanted += n
  if (rate.wanted > rate.wantedMost) rate.wantedMost = rate.wanted
}
