/**
 * How long to wait before the next attempt: full jitter, so that writers which collided do not meet again.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @module
 */
export interface BackoffOptions {
  /** The most the first wait may be, ms. Doubles with each attempt. */
  readonly baseMs: number
  /** The most any wait may be, ms. */
  readonly capMs: number
}

/** Milliseconds to wait after `attempt` attempts (1 or more) failed; `random` gives 0 up to 1. */
export function backoffMs(attempt: number, options: BackoffOptions, random: () => number): number {
  // 2 ** 30 is beyond any cap; without the bound a long outage would reach Infinity, and Infinity × 0 is NaN.
  const ceiling = Math.min(options.capMs, options.baseMs * 2 ** Math.min(attempt - 1, 30))
  return Math.floor(random() * ceiling)
}
