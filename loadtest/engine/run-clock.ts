/**
 * One time for all threads: ms since the run began, from the system's monotonic clock. Each thread's `performance.now()` begins
 * elsewhere, so each measures once how far.
 *
 * @module
 */

/** Where a run's time begins: taken once, and handed to every thread. */
export interface RunStart {
  /** Of the monotonic clock, ns. */
  readonly monotonicNs: bigint
  /** Ms since 1970. */
  readonly wallMs: number
}

export function startOfRun(): RunStart {
  return { monotonicNs: process.hrtime.bigint(), wallMs: Date.now() }
}

export class RunClock {
  #wallMs = 0
  #offsetMs = 0

  constructor(start: RunStart) {
    this.restart(start)
  }

  /** The run begins then instead. */
  restart({ monotonicNs, wallMs }: RunStart): void {
    this.#wallMs = wallMs
    this.#offsetMs = Number(process.hrtime.bigint() - monotonicNs) / 1e6 - performance.now()
  }

  /** Ms since the run began, with fractions. */
  now(): number {
    return performance.now() + this.#offsetMs
  }

  /** RFC 3339, for people and messages. */
  rfc3339(runMs: number): string {
    return new Date(this.#wallMs + runMs).toISOString()
  }

  /** When that was, on this clock; NaN for text that is no time. */
  read(rfc3339: string): number {
    return Date.parse(rfc3339) - this.#wallMs
  }
}
