/**
 * Errors as callers see them: RFC 9457 `application/problem+json`, each with what to do about it, never a stack trace.
 *
 * @module
 */

/** One field at fault. */
export interface FieldProblem {
  /** `amount.value` */
  readonly field: string
  /** The value seen, shortened. */
  readonly value: string
  readonly problem: string
}

export interface ProblemOptions {
  /** HTTP status, 400 to 599. */
  readonly status: number
  /** Stable, in words with dashes: `idempotency-key-reused`. Becomes the problem's `type`. */
  readonly code: string
  /** The kind of problem; the same for every one with this code. */
  readonly title: string
  /** This problem, with the value seen. */
  readonly detail: string
  /** What the caller can do. */
  readonly remedy: string
  readonly errors?: readonly FieldProblem[]
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** Thrown where a request cannot be served; the handler's wrapper makes the answer. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly status: number
  readonly code: string
  readonly title: string
  readonly remedy: string
  readonly errors: readonly FieldProblem[] | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(options: ProblemOptions) {
    super(options.detail, { cause: options.cause })
    this.status = options.status
    this.code = options.code
    this.title = options.title
    this.remedy = options.remedy
    this.errors = options.errors
    this.headers = options.headers ?? {}
  }
}

/** What a caller sees of an error of ours: nothing but where to find it. */
export function internalProblem(cause: unknown): ProblemError {
  return new ProblemError({
    status: 500,
    code: 'internal',
    title: 'Something went wrong here',
    detail: 'the request could not be served; the fault is on this side',
    remedy: 'try again in a moment; if it stays, report the instance',
    cause,
  })
}

/** What a caller sees while a service that is needed cannot be reached. */
export function unavailableProblem(cause: unknown): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'unavailable',
    title: 'Not available for a moment',
    detail: 'a service that this request needs did not answer',
    remedy: 'send the same request again in a moment',
    headers: { 'retry-after': '2' },
    cause,
  })
}

/** A value as a problem may quote it: JSON of at most 60 characters, without what a terminal or log would obey. */
export function quoteValue(value: unknown): string {
  if (value === undefined) return 'absent'
  // A long text is cut before it is written out: a 16 KB value needs no second copy.
  const short = typeof value === 'string' ? value.slice(0, 61) : value
  const text = writeValue(short).replaceAll(/[\u007f-\u009f]/g, '')
  return text.length > 60 ? `${text.slice(0, 59).toWellFormed()}…` : text
}

function writeValue(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value
  } catch (error) {
    // JSON is read to any depth, and written only as deep as the stack is.
    if (error instanceof RangeError) return 'nested too deep to be shown'
    throw error
  }
}
