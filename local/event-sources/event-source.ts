/**
 * Calls the function of a mapping with an event, and answers what it returned; rejects when the function failed, timed
 * out or its worker was killed.
 */
export type Invoke = (event: unknown, options?: { signal?: AbortSignal }) => Promise<unknown>

/** A mapping that runs from the moment it is made. */
export interface EventSource {
  /**
   * Starts no new invocation, and waits for those under way, at most `graceMs` (default: 10,000); then it aborts their
   * signals. What was not finished is handed out again after a restart.
   */
  stop(graceMs?: number): Promise<void>
  /** Resolves when nothing is queued, in flight or delayed. */
  idle(): Promise<void>
}

/** Told what no caller sees: a failed invocation, a batch that was given up. */
export type Log = (message: string) => void

export const stopGraceMs = 10_000
