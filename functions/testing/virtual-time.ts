import type { Time } from '../platform/time.ts'

/** A clock that stands still but when everything waits; then it goes to the next moment that someone waits for. */
export class VirtualTime implements Time {
  #now: number
  #sleepers: { at: number; wake: () => void }[] = []

  /** `now` in ms since 1970. Default: 1 January 2026. */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ at: this.#now + Math.max(0, ms), wake })
    })
  }

  /** Turns the clock until `work` is done. Throws when it waits for something that is no sleep. */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    const state = { settled: false }
    const watching = settle(work, state)
    for (let idle = 0; !state.settled;) {
      await new Promise(setImmediate)
      const next = this.#sleepers.toSorted((a, b) => a.at - b.at)[0]
      if (next && !state.settled) {
        idle = 0
        this.#wakeAt(next.at)
      } else if (++idle > 100) throw new Error('work waits for something that is no sleep')
    }
    await watching
    return work
  }

  #wakeAt(at: number): void {
    this.#now = Math.max(this.#now, at)
    const due = this.#sleepers.filter((sleeper) => sleeper.at <= this.#now)
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.at > this.#now)
    for (const { wake } of due) wake()
  }
}

async function settle(work: Promise<unknown>, state: { settled: boolean }): Promise<void> {
  await Promise.allSettled([work])
  state.settled = true
}
