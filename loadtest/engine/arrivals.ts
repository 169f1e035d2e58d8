/**
 * When things are sent: every time is fixed before the first is sent, so that a slow answer delays none of them (an open loop).
 *
 * @module
 */
import type { Arrivals } from '../plan.ts'
import { exponential, seeded } from './seeded.ts'

/** Ms after the phase's beginning, in order, all before its end. */
export function arrivalOffsets(
  arrivals: Arrivals,
  durationMs: number,
  seed: number,
  part: string,
): Float64Array {
  if ('offsetsMs' in arrivals)
    return Float64Array.from(arrivals.offsetsMs.filter((offset) => offset >= 0 && offset < durationMs))
  const { fromPerSecond, toPerSecond, spacing } = arrivals
  const offsets: number[] = []
  const random = seeded(seed, part)
  const all = ((fromPerSecond + toPerSecond) / 2) * (durationMs / 1000)
  // The n-th comes when the rate's integral has grown to n (or, by chance, to the sum of n steps of 1 on average).
  for (let n = spacing === 'even' ? 0 : exponential(random, 1); n < all;) {
    offsets.push(whenGrown(n, fromPerSecond, toPerSecond, durationMs))
    n += spacing === 'even' ? 1 : exponential(random, 1)
  }
  return Float64Array.from(offsets)
}

/** Ms after which a rate that goes evenly from one value to another has brought so many. */
function whenGrown(count: number, from: number, to: number, durationMs: number): number {
  const seconds = durationMs / 1000
  const slope = (to - from) / seconds
  if (Math.abs(slope) < 1e-9) return (count / from) * 1000
  // slope/2·t² + from·t = count
  return ((Math.sqrt(Math.max(from * from + 2 * slope * count, 0)) - from) / slope) * 1000
}
