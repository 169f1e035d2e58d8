/**
 * DynamoDB's client and its attribute values, by hand: lib-dynamodb's marshalling costs more than the donation itself.
 *
 * @module
 */
import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'

export type Item = Record<string, AttributeValue>

export interface DynamoDbOptions {
  /** Longest wait for an answer, ms, of one attempt. */
  readonly requestTimeoutMs: number
  /** Attempts the SDK makes, the first included. */
  readonly attempts: number
}

/** A client that fails in bounded time. */
export function createDynamoDb({ requestTimeoutMs, attempts }: DynamoDbOptions): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: attempts,
    // No command brings middleware of its own, so its chain is built once and not at each call: 7 % of accept's CPU.
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
  })
}

/** A string attribute. Throws for an item that lacks it: it is not one of ours. */
export function stringOf(item: Item, name: string): string {
  const value = item[name]?.S
  if (value === undefined) throw new TypeError(unfit(item, name, 'S'))
  return value
}

/** A number attribute, likewise; exact for safe integers. */
export function numberOf(item: Item, name: string): number {
  const value = Number(item[name]?.N)
  if (!Number.isFinite(value)) throw new TypeError(unfit(item, name, 'N'))
  return value
}

function unfit(item: Item, name: string, type: string): string {
  const key = `${item['pk']?.S ?? '?'} ${item['sk']?.S ?? ''}`.trim()
  return `item ${key} has no attribute ${name} of type ${type}: it was not written by this version`
}

/**
 * Whether an AWS error may pass by itself (throttling, a time-out, a broken connection, a fault of the service), so
 * that the same request is worth another attempt. Anything else is a mistake of ours.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { $fault, $metadata } = error as { $fault?: string; $metadata?: { httpStatusCode?: number } }
  if (isThrottling(error)) return true
  // A bug of ours does not pass, however often it is tried.
  if (error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError)
    return false
  // Without an answer from AWS there is no $fault: the connection failed, or its answer was no answer.
  if ($fault === undefined) return $metadata?.httpStatusCode === undefined || $metadata.httpStatusCode >= 500
  return $fault === 'server'
}

/**
 * Whether a transaction that was cancelled with this code may succeed as it is at another attempt. A condition that
 * failed is not among them: what to do then is the writer's to say.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export function isPassingCancellation(code: string): boolean {
  return ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'].includes(code)
}

/** Whether AWS asked for fewer requests. */
export function isThrottling(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { $metadata, $retryable } = error as {
    $metadata?: { httpStatusCode?: number }
    $retryable?: { throttling?: boolean }
  }
  return (
    $retryable?.throttling === true ||
    $metadata?.httpStatusCode === 429 ||
    /Throttl|TooManyRequests|ProvisionedThroughputExceeded|RequestLimitExceeded|TransactionInProgress/.test(
      error.name,
    )
  )
}
