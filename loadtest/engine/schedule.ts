/**
 * Sends what is due, in order of time, from however many streams. Each thing has its time from the plan; when the loop is late,
 * what is due goes out at once and nothing moves the rest.
 *
 * @module
 */
import { Histogram } from '../histogram.ts'
import type { RunClock } from './run-clock.ts'

export interface Stream {
  /** Ms of the run, in order. */
  readonly dueMs: Float64Array
  /** Must not throw. */
  send(dueMs: number, index: number): void
}

export class Schedule {
  /** Ms that things went out after they were due. */
  readonly delays = new Histogram()
  readonly #clock: RunClock
  readonly #streams: { readonly stream: Stream; at: number }[]
  #timer: NodeJS.Timeout | undefined

  constructor(clock: RunClock, streams: readonly Stream[]) {
    this.#clock = clock
    this.#streams = streams.map((stream) => ({ stream, at: 0 }))
  }

  start(): void {
    const next = this.#sendUntil(this.#clock.now())
    if (next < Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.start(), Math.min(Math.max(next - this.#clock.now(), 0), 1000))
  }

  /**
   * Sends what is due by then and ends. A timer for the run's end may fire a moment before the one for what was planned just
   * before it.
   */
  finish(untilMs: number): void {
    this.stop()
    this.#sendUntil(untilMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** Sends what is due until then; answers when the next thing is due. */
  #sendUntil(untilMs: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const entry of this.#streams) {
      const { stream } = entry
      for (;;) {
        const dueMs = stream.dueMs[entry.at]
        if (dueMs === undefined) break
        if (dueMs > untilMs) {
          next = Math.min(next, dueMs)
          break
        }
        this.delays.record(this.#clock.now() - dueMs)
        stream.send(dueMs, entry.at)
        entry.at += 1
      }
    }
    return next
  }
}
