import { localAccount } from '../aws.ts'
import { attributesMd5 } from './message-attributes.ts'
import type { MessageAttributes } from './message-attributes.ts'
import { messagingLimits } from './limits.ts'
import { bodyMd5 } from './queue.ts'
import type { LocalQueue, ReceivedMessage } from './queue.ts'

/** A queue's attributes as GetQueueAttributes names them, all texts. */
export function queueAttributes(queue: LocalQueue): Record<string, string> {
  const { settings } = queue
  const counts = queue.counts()
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
    MessageRetentionPeriod: String(settings.messageRetentionSeconds),
    DelaySeconds: String(settings.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(settings.receiveWaitSeconds),
    MaximumMessageSize: String(messagingLimits.sqsMessageBytes),
    SqsManagedSseEnabled: 'true',
    ...(settings.redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: settings.redrive.deadLetterTargetArn,
        maxReceiveCount: settings.redrive.maxReceiveCount,
      }),
    }),
  }
}

/** A message's system attributes, as ReceiveMessage and Lambda's events name them. */
export function systemAttributes(message: ReceivedMessage): Record<string, string> {
  const { traceHeader, deadLetterSource } = message.details
  return {
    ApproximateReceiveCount: String(message.receives),
    ...(traceHeader !== undefined && { AWSTraceHeader: traceHeader }),
    SentTimestamp: String(message.sentAt),
    SenderId: localAccount.accountId,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(deadLetterSource !== undefined && { DeadLetterQueueSourceArn: deadLetterSource }),
  }
}

/** Which attributes a receive asked for: names, `All`, `.*`, or a prefix before `.*`. */
export function selected(name: string, wanted: readonly string[]): boolean {
  return wanted.some(
    (want) =>
      want === 'All' ||
      want === name ||
      (want.endsWith('.*') && name.startsWith(want === '.*' ? '' : want.slice(0, -1))),
  )
}

/** A message as ReceiveMessage answers it. */
export function receivedMessage(
  message: ReceivedMessage,
  wantedSystem: readonly string[],
  wantedMessage: readonly string[],
): object {
  const attributes: MessageAttributes = Object.fromEntries(
    Object.entries(message.details.attributes ?? {}).filter(([name]) => selected(name, wantedMessage)),
  )
  const hasAttributes = Object.keys(attributes).length > 0
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: bodyMd5(message.body),
    ...(wantedSystem.length > 0 && {
      Attributes: Object.fromEntries(
        Object.entries(systemAttributes(message)).filter(([name]) => selected(name, wantedSystem)),
      ),
    }),
    ...(hasAttributes && {
      MessageAttributes: attributes,
      MD5OfMessageAttributes: attributesMd5(attributes),
    }),
  }
}
