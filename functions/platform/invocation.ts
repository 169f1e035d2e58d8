/**
 * What a handler knows of its run besides its event: its trace, its log, and until when there is time.
 *
 * @module
 */
import type { Context } from 'aws-lambda'
import type { Trace } from './bus/trace.ts'
import { type Log, logOf } from './log.ts'

/** The run of a handler; for a message of a queue, the run of its consumer. */
export interface Invocation {
  /** Every line carries the trace's ID as `correlationId`. */
  readonly log: Log
  readonly trace: Trace
  /** How often this message was handed out, from 1; always 1 for a request over HTTP. */
  readonly attempt: number
  /** When work has to be done, ms since 1970: the function's time-out less a reserve for its answer. */
  readonly deadline: number
  /** Aborts at the deadline. */
  readonly signal: AbortSignal
  /**
   * Names a piece of work: it is told of when the time-out comes in its middle, or when the handler answered before it
   * was done.
   */
  during<Result>(what: string, work: Promise<Result>): Promise<Result>
}

/** Most of a function's time-out that is kept for its answer, ms. */
const reserveMsMax = 1_000

/** A handler's run while it runs. */
export interface Run {
  readonly invocation: Invocation
  /** What is under way by name. */
  underWay(): readonly string[]
  /** The handler has answered: no time-out is to come. */
  end(): void
}

/** Begins a run. `onDeadline` is called once when the deadline comes first. */
export function beginRun(context: Context, trace: Trace, onDeadline: (run: Run) => void): Run {
  const remainingMs = context.getRemainingTimeInMillis()
  const leftMs = remainingMs - Math.min(reserveMsMax, remainingMs / 10)
  const pieces = new Map<object, string>()
  // Made when somebody asks: most runs are over in milliseconds and ask for none.
  let controller: AbortController | undefined
  let late = false
  const run: Run = {
    invocation: {
      log: logOf(trace.traceId),
      trace,
      attempt: 1,
      deadline: Date.now() + leftMs,
      get signal() {
        controller ??= new AbortController()
        if (late) controller.abort(timedOut())
        return controller.signal
      },
      async during(what, work) {
        const piece = {}
        pieces.set(piece, what)
        try {
          return await work
        } finally {
          pieces.delete(piece)
        }
      },
    },
    underWay: () => [...pieces.values()],
    end: () => clearTimeout(timer),
  }
  const timer = setTimeout(() => {
    late = true
    onDeadline(run)
    controller?.abort(timedOut())
  }, leftMs)
  return run
}

const timedOut = (): Error => new DOMException("the function's time is nearly over", 'TimeoutError')
