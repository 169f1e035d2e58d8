/**
 * How long to wait before the next attempt, ms: anything from nothing to a bound that doubles with each failure (full
 * jitter), because clients that were cut off together must not return together. The bound is never below `spreadMs`:
 * the time that everybody's return takes at the account's quotas.
 */
export function backoffMs(
  failures: number,
  bounds: { readonly backoffBaseMs: number; readonly backoffMaxMs: number },
  random: () => number,
  spreadMs = 0,
): number {
  return random() * Math.max(spreadMs, Math.min(bounds.backoffMaxMs, bounds.backoffBaseMs * 2 ** failures))
}
