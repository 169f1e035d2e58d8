/** When each row of a telethon is due. */

/**
 * Longest quiet between two rows, ms as it happened: the sample's first gift came a month before its programme, which
 * would be eleven minutes of nothing.
 */
const quietMsMax = 3_600_000

/**
 * Milliseconds after the first row at which each is due, `speed` times faster than it happened; at speed Infinity all are
 * due at once.
 */
export function dueTimesMs(rows: readonly { readonly at: number }[], speed: number): Float64Array {
  const due = new Float64Array(rows.length)
  for (let index = 1; index < rows.length; index += 1) {
    const quietMs = (rows[index]?.at ?? 0) - (rows[index - 1]?.at ?? 0)
    due[index] = (due[index - 1] ?? 0) + Math.min(Math.max(quietMs, 0), quietMsMax) / speed
  }
  return due
}
