/**
 * Taking messages out of a queue to look at them, and giving them back.
 *
 * @module
 */
import {
  ChangeMessageVisibilityBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'

/** What SQS hands out in one request at most. */
const batchMax = 10

/** Up to ten messages, hidden from others for `hiddenSeconds`; none when the queue has none to give. */
export async function receive(
  client: SQSClient,
  url: string,
  options: { readonly max: number; readonly hiddenSeconds: number; readonly waitSeconds: number },
): Promise<readonly Message[]> {
  const answer = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: Math.min(batchMax, options.max),
      VisibilityTimeout: options.hiddenSeconds,
      // A long poll asks all of SQS's servers; a short one only some, and may find nothing in a queue that is not empty.
      WaitTimeSeconds: options.waitSeconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  )
  return answer.Messages ?? []
}

/** How long messages that are looked at are hidden, seconds: as long as giving them back may take to fail. */
const lookSeconds = 30

/** The first `max` messages, each once; they are visible again when this resolves. */
export async function peek(client: SQSClient, url: string, max: number): Promise<readonly Message[]> {
  const seen = new Map<string, Message>()
  try {
    while (seen.size < max) {
      const messages = await receive(client, url, {
        max: max - seen.size,
        hiddenSeconds: lookSeconds,
        waitSeconds: 1,
      })
      if (messages.length === 0) break
      for (const message of messages) seen.set(message.MessageId ?? '', message)
    }
  } finally {
    await giveBack(client, url, [...seen.values()])
  }
  return [...seen.values()]
}

/** Makes received messages visible at once. What could not be given back is visible when its time is over. */
export async function giveBack(client: SQSClient, url: string, messages: readonly Message[]): Promise<void> {
  for (let start = 0; start < messages.length; start += batchMax) {
    await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: messages.slice(start, start + batchMax).map(({ ReceiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle: ReceiptHandle ?? '',
          VisibilityTimeout: 0,
        })),
      }),
    )
  }
}
