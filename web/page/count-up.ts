/** A number on its way from one value to another. Integer at every moment, exact at the end. */
export interface CountUp {
  readonly from: number
  readonly to: number
  /** ms */
  readonly startedAt: number
  /** ms */
  readonly lasts: number
}

/** Just under the pace of a topic, so that a busy total never stands still. */
export const countUpMs = 900

/** A number that stands. */
export const standing = (value: number): CountUp => ({ from: value, to: value, startedAt: 0, lasts: 0 })

/** What is shown at `now`: quick at first, then slower. */
export function shownAt({ from, to, startedAt, lasts }: CountUp, now: number): number {
  const part = lasts === 0 ? 1 : Math.min(1, Math.max(0, (now - startedAt) / lasts))
  if (part === 1) return to
  return Math.round(from + (to - from) * (1 - (1 - part) ** 3))
}

/** Turns towards a new value from what is shown now. */
export const towards = (count: CountUp, to: number, now: number): CountUp => ({
  from: shownAt(count, now),
  to,
  startedAt: now,
  lasts: countUpMs,
})
