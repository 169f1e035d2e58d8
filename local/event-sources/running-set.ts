import type { Clock } from '../clock.ts'
import type { Log } from './event-source.ts'

/** The invocations of one source that are under way, so that a stop can wait for them. */
export class RunningSet {
  readonly #running = new Set<Promise<void>>()
  readonly #controller = new AbortController()
  readonly #log: Log
  #stopped = false

  constructor(log: Log) {
    this.#log = log
  }

  /** Aborted when a stop has waited long enough. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get stopped(): boolean {
    return this.#stopped
  }

  get size(): number {
    return this.#running.size
  }

  /** Runs a task and calls back when it is over; a failure that the task does not handle is logged. */
  start(task: () => Promise<void>, over: () => void): void {
    const run = async (): Promise<void> => {
      try {
        await task()
      } catch (error) {
        this.#log(`event source: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      }
      this.#running.delete(running)
      over()
    }
    const running = run()
    this.#running.add(running)
  }

  /** From now on `stopped`; resolves when what runs is over, or at `graceMs` after aborting it. */
  async stop(clock: Clock, graceMs: number): Promise<void> {
    this.#stopped = true
    if (this.#running.size === 0) return
    const grace = Promise.withResolvers<void>()
    const cancel = clock.after(graceMs, grace.resolve)
    await Promise.race([Promise.allSettled(this.#running), grace.promise])
    cancel()
    if (this.#running.size > 0) {
      this.#controller.abort(
        new Error(`the event source stopped and its invocation was not over after ${graceMs} ms`),
      )
    }
  }
}
