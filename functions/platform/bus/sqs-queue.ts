/**
 * A queue as its handler sees it: from a message's own record, so that nothing about it is configured twice.
 *
 * @module
 */
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import type { QueuePort } from './queue-message.ts'

/** The reason's attribute in the dead-letter queue, and its most characters. */
export const reasonAttribute = 'reason'
const reasonMax = 1_000

/**
 * The queue that a message came from. The function's permissions are sqs:ChangeMessageVisibility and
 * sqs:GetQueueAttributes on the queue, and sqs:SendMessage on its dead-letter queue.
 */
export function sqsQueue(): QueuePort {
  const client = new SQSClient({
    maxAttempts: 3,
    // The address that the ARN tells is AWS's. Where AWS_ENDPOINT_URL names another, the client goes there without a warning.
    useQueueUrlAsEndpoint: false,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  })
  // Outlives a request: which dead-letter queue a queue has.
  const deadLetterQueues = new Map<string, Promise<string>>()

  async function deadLetterQueueOf(queueArn: string): Promise<string> {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrlOf(queueArn), AttributeNames: ['RedrivePolicy'] }),
    )
    const { deadLetterTargetArn } = JSON.parse(Attributes?.RedrivePolicy ?? '{}') as {
      deadLetterTargetArn?: string
    }
    if (deadLetterTargetArn === undefined) {
      throw new Error(
        `the queue ${queueArn} has no dead-letter queue: give it a RedrivePolicy in serverless.yml`,
      )
    }
    return queueUrlOf(deadLetterTargetArn)
  }

  return {
    async hide({ eventSourceARN, receiptHandle }, seconds) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrlOf(eventSourceARN),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      )
    },
    async setAside(record, reason) {
      const { eventSourceARN } = record
      let deadLetterQueue = deadLetterQueues.get(eventSourceARN)
      if (!deadLetterQueue) {
        deadLetterQueue = deadLetterQueueOf(eventSourceARN)
        deadLetterQueues.set(eventSourceARN, deadLetterQueue)
        deadLetterQueue.catch(() => deadLetterQueues.delete(eventSourceARN))
      }
      await client.send(
        new SendMessageCommand({
          QueueUrl: await deadLetterQueue,
          MessageBody: record.body,
          MessageAttributes: attributesOf(record, reason),
        }),
      )
    },
  }
}

function attributesOf({ messageId }: SQSRecord, reason: string) {
  // SQS takes no control characters.
  const text = reason.replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, '�').slice(0, reasonMax)
  return {
    [reasonAttribute]: { DataType: 'String', StringValue: text === '' ? 'no reason' : text },
    messageId: { DataType: 'String', StringValue: messageId },
  }
}

/** The address of a queue, which its ARN tells. https://docs.aws.amazon.com/general/latest/gr/sqs-service.html */
function queueUrlOf(arn: string): string {
  const [, partition, , region, account, name] = arn.split(':')
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  return `https://sqs.${region}.${domain}/${account}/${name}`
}
