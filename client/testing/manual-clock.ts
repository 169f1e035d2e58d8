import type { Clock } from '../clock.ts'

/** A clock that a test turns. */
export interface ManualClock extends Clock {
  /** Runs what falls due within `ms`, in order, letting promises settle in between. */
  advance(ms: number): Promise<void>
  /** Lets the time pass without running anything, as a machine that sleeps does. */
  jump(ms: number): void
  /** Timers that wait. */
  readonly waiting: number
}

/** A clock that stands at `startMs` until it is turned. */
export function manualClock(startMs = 1_700_000_000_000): ManualClock {
  let now = startMs
  let timers: { at: number; run: () => void }[] = []
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(ms) {
      const end = now + ms
      await settle()
      for (;;) {
        const due = timers.reduce<(typeof timers)[number] | undefined>(
          (first, timer) => (timer.at <= end && (!first || timer.at < first.at) ? timer : first),
          undefined,
        )
        if (!due) break
        timers = timers.filter((timer) => timer !== due)
        now = Math.max(now, due.at)
        due.run()
        await settle()
      }
      now = end
    },
    jump(ms) {
      now += ms
    },
    get waiting() {
      return timers.length
    },
  }
}
