/** The index under which this share (0 to 1) of all counts lies. */
export function percentileOfCounts(counts: Uint32Array, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let seen = 0
  for (const [index, count] of counts.entries()) {
    seen += count
    if (count > 0 && seen >= share * total) return index
  }
  return Number.NaN
}
