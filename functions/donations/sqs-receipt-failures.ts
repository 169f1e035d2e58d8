import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { ReceiptPorts } from './receipt.ts'

/** Sets receipts that can never be sent aside for a person to read. */
export function sqsReceiptFailures(queueUrl: string): ReceiptPorts['setAside'] {
  const client = new SQSClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  })
  return async (failure) => {
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(failure) }))
  }
}
