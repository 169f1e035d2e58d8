/** Random numbers of a seed, so that the same plan asks for the same things: Mulberry32, as local/chance.ts. */
export function seeded(seed: number, part: string): () => number {
  let state = seed >>> 0
  for (const char of part) state = Math.imul(state ^ char.charCodeAt(0), 16_777_619)
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** From 0 up, this on average: the time between two things that come by chance. */
export function exponential(random: () => number, mean: number): number {
  return mean <= 0 ? 0 : -Math.log(1 - random()) * mean
}
