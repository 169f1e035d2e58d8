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
export class Run implements Invocation {
  readonly attempt = 1
  readonly trace: Trace
  readonly deadline: number
  readonly #timer: NodeJS.Timeout
  // Made when somebody asks: most runs are over in milliseconds and ask for none.
  #pieces: Map<object, string> | undefined
  #controller: AbortController | undefined
  #log: Log | undefined
  #isLate = false

  /** `onDeadline` is called once when the deadline comes before the end. */
  constructor(context: Context, trace: Trace, onDeadline: (run: Run) => void) {
    const remainingMs = context.getRemainingTimeInMillis()
    const leftMs = remainingMs - Math.min(reserveMsMax, remainingMs / 10)
    this.trace = trace
    this.deadline = Date.now() + leftMs
    this.#timer = setTimeout(() => {
      this.#isLate = true
      onDeadline(this)
      this.#controller?.abort(timedOut())
    }, leftMs)
  }

  get log(): Log {
    this.#log ??= logOf(this.trace.traceId)
    return this.#log
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isLate) this.#controller.abort(timedOut())
    return this.#controller.signal
  }

  async during<Result>(what: string, work: Promise<Result>): Promise<Result> {
    this.#pieces ??= new Map()
    const piece = {}
    this.#pieces.set(piece, what)
    try {
      return await work
    } finally {
      this.#pieces.delete(piece)
    }
  }

  /** What is under way by name. */
  underWay(): readonly string[] {
    return this.#pieces ? [...this.#pieces.values()] : []
  }

  /** The handler has answered: no time-out is to come. */
  end(): void {
    clearTimeout(this.#timer)
  }
}

const timedOut = (): Error => new DOMException("the function's time is nearly over", 'TimeoutError')
