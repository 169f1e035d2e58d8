import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { QueueMessage } from './outbox.ts'

/** The longest delay of a message, seconds. SendMessage, DelaySeconds. */
export const delaySecondsMax = 900

/** Sends a message to its queue. */
export type SendMessage = (message: QueueMessage) => Promise<void>

export interface SqsSenderOptions {
  /** Longest wait for an answer, ms, of one attempt. Default: 2000 */
  readonly requestTimeoutMs?: number
  /** Attempts the SDK makes, the first included. Default: 3 */
  readonly attempts?: number
}

/** Messages for queues, delayed where they say so. `now` in ms since 1970. */
export function sqsSender(
  now: () => number,
  { requestTimeoutMs = 2_000, attempts = 3 }: SqsSenderOptions = {},
): SendMessage {
  const client = new SQSClient({
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: Math.min(requestTimeoutMs, 1_000),
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
  })
  return async ({ queueUrl, body, notBefore }) => {
    const delay = notBefore === undefined ? 0 : Math.ceil((notBefore - now()) / 1000)
    const DelaySeconds = Math.min(Math.max(delay, 0), delaySecondsMax)
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        ...(DelaySeconds > 0 ? { DelaySeconds } : {}),
      }),
    )
  }
}
