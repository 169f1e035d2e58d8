/** Time, passed in: the platform's clock here, one that a test turns in tests. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` once after `ms`; the answer cancels it. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    // Beyond 24.8 days the platform would not wait at all.
    const timer = setTimeout(run, Math.min(ms, 0x7fffffff))
    return () => clearTimeout(timer)
  },
}
