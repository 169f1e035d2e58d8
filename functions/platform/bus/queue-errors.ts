/**
 * What a consumer may throw to say what becomes of its message.
 *
 * @module
 */

/** The message shall come again after a while. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater'
  readonly code = 'RETRY_LATER'
  readonly retryable = true
  /** 0 to 43,200. Undefined: by the number of attempts, with jitter. */
  readonly delaySeconds: number | undefined

  constructor(message: string, delaySeconds?: number, options?: ErrorOptions) {
    super(message, options)
    this.delaySeconds = delaySeconds
  }
}

/** No attempt will ever succeed: the message goes to the dead-letter queue now, with this reason. */
export class PoisonError extends Error {
  override readonly name = 'PoisonError'
  readonly code = 'POISON'
  readonly retryable = false
}
