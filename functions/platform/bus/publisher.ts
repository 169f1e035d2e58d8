import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'

/** Publishes an event that `makeEvent` made, so that filters see its type. */
export type PublishEvent = (event: string, type: string) => Promise<void>

/** The topic of domain events. Who writes a table as well puts the event into its transaction instead: outbox.ts. */
export function snsPublisher(topicArn: string): PublishEvent {
  const client = new SNSClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  })
  return async (event, type) => {
    await client.send(
      new PublishCommand({
        TopicArn: topicArn,
        Message: event,
        MessageAttributes: { type: { DataType: 'String', StringValue: type } },
      }),
    )
  }
}
