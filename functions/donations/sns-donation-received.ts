import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import type { SendDonation } from './accept.ts'

/** Publishes a donation; raw delivery makes it the body of a message in the ledger's queue. */
export function snsDonationReceived(topicArn: string): SendDonation {
  // One attempt: when SNS throttles, the queue is the second.
  const client = new SNSClient({
    maxAttempts: 1,
    cacheMiddleware: true,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  })
  return async (donation) => {
    await client.send(new PublishCommand({ TopicArn: topicArn, Message: JSON.stringify(donation) }))
  }
}
