/** Chance, passed in: the same seed gives the same run. */
export interface Chance {
  /** A number from 0 up to 1. */
  next(): number
  /** True with this probability; draws nothing when it is 0, so that a fault that is off changes no run. */
  happens(probability: number): boolean
  /** A stream of its own for one part, so that parts do not take each other's draws. */
  fork(part: string): Chance
}

/** A generator on a seed (mulberry32: 32 bits of state, enough for faults, not for keys). */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    happens: (probability) => probability > 0 && next() < probability,
    fork: (part) =>
      seededChance([...part].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 16_777_619), seed)),
  }
}
