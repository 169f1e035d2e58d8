import { localAccount } from '../aws.ts'
import { attributesMd5 } from '../messaging/message-attributes.ts'
import { systemAttributes } from '../messaging/queue-attributes.ts'
import { bodyMd5 } from '../messaging/queue.ts'
import type { ReceivedMessage } from '../messaging/queue.ts'

/**
 * The event of a batch of messages.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
 */
export function sqsEvent(queueArn: string, messages: readonly ReceivedMessage[]): { Records: object[] } {
  return { Records: messages.map((message) => sqsRecord(queueArn, message)) }
}

function sqsRecord(queueArn: string, message: ReceivedMessage): object {
  const { attributes } = message.details
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: Object.fromEntries(
      Object.entries(attributes ?? {}).map(([name, attribute]) => [
        name,
        {
          ...(attribute.StringValue !== undefined && { stringValue: attribute.StringValue }),
          ...(attribute.BinaryValue !== undefined && { binaryValue: attribute.BinaryValue }),
          stringListValues: [],
          binaryListValues: [],
          dataType: attribute.DataType,
        },
      ]),
    ),
    ...(attributes && { md5OfMessageAttributes: attributesMd5(attributes) }),
    md5OfBody: bodyMd5(message.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: localAccount.region,
  }
}
