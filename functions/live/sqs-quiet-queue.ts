import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import * as v from 'valibot'
import type { QuietReminder } from './publishing.ts'

/** Seconds of quiet after which a topic's head is sent once more. */
export const quietSeconds = 5

/** Puts reminders into the queue that repair reads, delayed. */
export function sqsQuietQueue(queueUrl: string): (reminder: QuietReminder) => Promise<void> {
  const client = new SQSClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  })
  return async (reminder) => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(reminder),
        DelaySeconds: quietSeconds,
      }),
    )
  }
}

const reminderSchema = v.object({
  topic: v.string(),
  epoch: v.string(),
  sequence: v.pipe(v.number(), v.safeInteger()),
  at: v.number(),
})

/** Reads a reminder from a message's body; throws for anything else. */
export function readQuietReminder(body: string): QuietReminder {
  return v.parse(reminderSchema, JSON.parse(body))
}
