/**
 * How long to wait before the next attempt, ms: anything from nothing to a bound that doubles with each failure (full
 * jitter), because clients that were cut off together must not return together.
 */
export function backoffMs(
  failures: number,
  bounds: { readonly backoffBaseMs: number; readonly backoffMaxMs: number },
  random: () => number,
): number {
  return random() * Math.min(bounds.backoffMaxMs, bounds.backoffBaseMs * 2 ** failures)
}
