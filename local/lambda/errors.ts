/** What an invocation may fail with. */
import { payloadBytesMax } from './limits.ts'

/** The function failed: it threw, ran out of time, or its runtime ended. As Lambda reports it. */
export class FunctionError extends Error {
  readonly code = 'FUNCTION_ERROR'
  readonly functionKey: string
  /** `TypeError`, `Sandbox.Timedout`, `Runtime.ExitError` … */
  readonly errorType: string
  readonly errorMessage: string

  constructor(functionKey: string, errorType: string, errorMessage: string, stack?: string) {
    super(`${functionKey}: ${errorType}: ${errorMessage}`)
    this.name = 'FunctionError'
    this.functionKey = functionKey
    this.errorType = errorType
    this.errorMessage = errorMessage
    if (stack) this.stack = stack
  }
}

/** More invocations at once than the function's reserved concurrency, or the account's `accountConcurrencyMax`. Worth another try. */
export class FunctionThrottledError extends Error {
  readonly code = 'THROTTLED'
  readonly retryable = true

  constructor(functionKey: string, concurrency: number) {
    super(`${functionKey}: Rate Exceeded: ${concurrency} invocations are under way, and no more are allowed`)
    this.name = 'FunctionThrottledError'
  }
}

/** The event is larger than `payloadBytesMax`. */
export class EventTooLargeError extends Error {
  readonly code = 'EVENT_TOO_LARGE'

  constructor(functionKey: string, bytes: number) {
    super(`${functionKey}: an event of ${bytes} bytes; Lambda takes ${payloadBytesMax}`)
    this.name = 'EventTooLargeError'
  }
}

/** serverless.yml has no function of this key. */
export class UnknownFunctionError extends Error {
  readonly code = 'UNKNOWN_FUNCTION'

  constructor(functionKey: string, known: readonly string[]) {
    super(`there is no function ${JSON.stringify(functionKey)}; serverless.yml has ${known.join(', ')}`)
    this.name = 'UnknownFunctionError'
  }
}

/** The host was closed before the invocation ended. */
export class HostClosedError extends Error {
  readonly code = 'HOST_CLOSED'

  constructor(functionKey: string) {
    super(`${functionKey}: the Lambda host is closed`)
    this.name = 'HostClosedError'
  }
}
