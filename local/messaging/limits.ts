/**
 * Quotas of SQS and SNS, as AWS has them.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 * https://docs.aws.amazon.com/general/latest/gr/sns.html
 *
 * @module
 */
export const messagingLimits = {
  /** Largest SQS message with its attributes, and largest batch together. */
  sqsMessageBytes: 1_048_576,
  /** Largest SNS message with its attributes, and largest PublishBatch together. */
  snsMessageBytes: 262_144,
  /** Entries of SendMessageBatch, DeleteMessageBatch, ChangeMessageVisibilityBatch, PublishBatch, and of one receive. */
  batchEntries: 10,
  /** Message attributes of one SQS message. */
  messageAttributes: 10,
  /** Messages of one standard queue that may be in flight. */
  inFlightMessages: 120_000,
  delaySeconds: 900,
  visibilityTimeoutSeconds: 43_200,
  receiveWaitSeconds: 20,
  subjectCharacters: 100,
} as const
