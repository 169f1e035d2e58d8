import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { seededChance } from '../chance.ts'
import { noFaults } from '../faults.ts'
import type { Faults } from '../faults.ts'
import { inProcessHandler, testClientConfig } from './in-process-handler.ts'
import { manualClock } from './manual-clock.ts'
import type { ManualClock } from './manual-clock.ts'
import { createMessaging } from './messaging.ts'
import type { Messaging, MessagingOptions, SubscriptionDefinition } from './messaging.ts'
import type { QueueDefinition } from './queue-definition.ts'

/** What the suite runs on: SNS and SQS through the SDK, and a way to declare queues and to let time pass. */
export interface MessagingTarget {
  readonly sns: SNSClient
  readonly sqs: SQSClient
  createQueue(definition: QueueDefinition): { readonly arn: string; readonly url: string }
  createTopic(name: string): { readonly arn: string }
  subscribe(definition: SubscriptionDefinition): void
  /** Lets this time pass. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

export interface LocalTarget extends MessagingTarget {
  readonly messaging: Messaging
  readonly clock: ManualClock
  readonly faults: Faults
}

/** Our own SNS and SQS, on a clock that the suite turns. */
export function localTarget(options: Partial<MessagingOptions> & { seed?: number } = {}): LocalTarget {
  const clock = manualClock()
  const faults = noFaults()
  const messaging = createMessaging({
    dataFile: ':memory:',
    clock,
    chance: seededChance(options.seed ?? 1),
    faults,
    log: (message) => {
      throw new Error(`unexpected log line: ${message}`)
    },
    ...options,
  })
  const sns = new SNSClient({
    ...testClientConfig,
    requestHandler: inProcessHandler(messaging.sns),
    maxAttempts: 1,
  })
  const sqs = new SQSClient({
    ...testClientConfig,
    requestHandler: inProcessHandler(messaging.sqs),
    maxAttempts: 1,
  })
  return {
    messaging,
    clock,
    faults,
    sns,
    sqs,
    createQueue: (definition) => messaging.createQueue(definition),
    createTopic: (name) => messaging.createTopic({ name }),
    subscribe: (definition) => void messaging.subscribe(definition),
    pass: (ms) => clock.advance(ms),
    close: async () => {
      sns.destroy()
      sqs.destroy()
      messaging.close()
    },
  }
}
