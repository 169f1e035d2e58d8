import type { Clock } from '../../clock.ts'

/** A clock that a test turns. It starts at a fixed moment. */
export interface ManualClock extends Clock {
  /** Moves time on, running what falls due in order. */
  advance(ms: number): void
}

/** Makes one. */
export function manualClock(startMs = 1_800_000_000_000): ManualClock {
  let now = startMs
  let timers: { at: number; run: () => void }[] = []
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance(ms) {
      const until = now + ms
      for (;;) {
        const due = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0]
        if (!due) break
        timers = timers.filter((timer) => timer !== due)
        now = due.at
        due.run()
      }
      now = until
    },
  }
}
