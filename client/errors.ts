/** Something the client could not do. `code` is stable. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode
  /** HTTP status, with `HTTP_STATUS`. */
  declare readonly status: number | undefined
  /** MQTT reason code, with `SUBSCRIPTION_DENIED` and `PUBLISH_DENIED`. */
  declare readonly reasonCode: number | undefined

  constructor(
    code: ClientErrorCode,
    message: string,
    more: ErrorOptions & { status?: number; reasonCode?: number } = {},
  ) {
    super(message, more)
    this.code = code
    Object.assign(this, more)
  }
}

export type ClientErrorCode =
  /** An option makes no sense. */
  | 'INVALID_OPTION'
  /** The API answered with another status than 2xx. */
  | 'HTTP_STATUS'
  /** The API answered something that cannot be read. */
  | 'HTTP_ANSWER'
  /** The broker denied this topic to this session. */
  | 'SUBSCRIPTION_DENIED'
  /** The log was begun anew while it was read. */
  | 'LOG_RESET'
  /** The client was closed before. */
  | 'CLOSED'
  /** The broker denied a signal or a request to this session. */
  | 'PUBLISH_DENIED'
  /** No answer to a request within its time. */
  | 'REQUEST_TIMEOUT'
  /** Whoever answers a request could not: `cause` has its `code` and `message`. */
  | 'REQUEST_FAILED'
  /** A value does not fit its contract. */
  | 'INVALID_VALUE'

/** Something that was received and could not be used, or a read that failed and is tried again. */
export interface Problem {
  readonly code:
    | 'unreadable-message'
    | 'unfit-message'
    /** A message of a newer contract than the page's: reload the page. */
    | 'newer-version'
    /** What was handled could not be recorded yet; it is tried again. */
    | 'write-failed'
    | 'read-failed'
    | 'subscription-denied'
    | 'listener-failed'
  readonly topic: string
  /** What was wrong, with the value seen. */
  readonly detail: string
  readonly cause?: unknown
}

/** What failed, as it is told to `onProblem`. */
export const failure = (code: Problem['code'], topic: string, cause: unknown): Problem => ({
  code,
  topic,
  detail: describeError(cause),
  cause,
})

/** An error's message, or the thrown thing in words. */
export const describeError = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
