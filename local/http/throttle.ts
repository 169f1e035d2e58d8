/**
 * A token bucket, as API Gateway throttles a route: `rate` requests a second, bursts of `burst`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 *
 * @module
 */
export interface Throttle {
  /** Requests a second in the long run. */
  readonly rate: number
  /** Requests at once after a quiet time. */
  readonly burst: number
}

/** Answers whether one more request may pass now. */
export function tokenBucket({ rate, burst }: Throttle, now: () => number): () => boolean {
  let tokens = burst
  let filledAt = now()
  return () => {
    const time = now()
    tokens = Math.min(burst, tokens + ((time - filledAt) / 1000) * rate)
    filledAt = time
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}
