import { randomUUID } from 'node:crypto'
import { localAccount } from '../aws.ts'
import type { Chance } from '../chance.ts'
import type { Clock } from '../clock.ts'
import type { Faults } from '../faults.ts'
import { passesFilter } from './filter-policy.ts'
import type { FilterPolicy } from './filter-policy.ts'
import type { MessageAttributes } from './message-attributes.ts'
import type { LocalQueue } from './queue.ts'

/** A subscription of a queue to a topic. */
export interface QueueSubscription {
  readonly arn: string
  readonly queue: LocalQueue
  readonly rawDelivery: boolean
  readonly filter: FilterPolicy | undefined
}

export interface Publication {
  readonly message: string
  readonly subject?: string | undefined
  readonly attributes?: MessageAttributes | undefined
  /** What a subscriber by queue gets instead of `message` (MessageStructure json). */
  readonly forQueues?: string | undefined
}

/** One standard SNS topic: each publish is put into every subscribed queue that its filter lets it reach. */
export class LocalTopic {
  readonly arn: string
  readonly #subscriptions = new Map<string, QueueSubscription>()
  readonly #clock: Clock
  readonly #chance: Chance
  readonly #faults: Pick<Faults, 'messages'>

  constructor(arn: string, context: { clock: Clock; chance: Chance; faults: Pick<Faults, 'messages'> }) {
    this.arn = arn
    this.#clock = context.clock
    this.#chance = context.chance
    this.#faults = context.faults
  }

  /** Adds a subscription; one a queue, the last one counts. The answer is its ARN. */
  subscribe(subscription: Omit<QueueSubscription, 'arn'>): string {
    const arn = this.#subscriptions.get(subscription.queue.arn)?.arn ?? `${this.arn}:${randomUUID()}`
    this.#subscriptions.set(subscription.queue.arn, { ...subscription, arn })
    return arn
  }

  /** Fans a message out in this turn's transaction; the answer is its message ID. */
  publish(publication: Publication): string {
    const messageId = randomUUID()
    for (const subscription of this.#subscriptions.values()) {
      if (
        subscription.filter &&
        !passesFilter(subscription.filter, publication.message, publication.attributes)
      )
        continue
      this.#deliver(subscription, publication, messageId)
      if (this.#chance.happens(this.#faults.messages.double))
        this.#deliver(subscription, publication, messageId)
    }
    return messageId
  }

  #deliver(
    { arn, queue, rawDelivery }: QueueSubscription,
    publication: Publication,
    messageId: string,
  ): void {
    const text = publication.forQueues ?? publication.message
    if (rawDelivery) queue.send(text, publication.attributes ? { attributes: publication.attributes } : {})
    else queue.send(JSON.stringify(this.#envelope(arn, publication, text, messageId)))
  }

  /** https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html#http-notification-json */
  #envelope(subscriptionArn: string, publication: Publication, text: string, messageId: string): object {
    const host = `https://sns.${localAccount.region}.amazonaws.com`
    const attributes = Object.entries(publication.attributes ?? {}).map(([name, attribute]) => [
      name,
      { Type: attribute.DataType, Value: attribute.StringValue ?? attribute.BinaryValue },
    ])
    return {
      Type: 'Notification',
      MessageId: messageId,
      TopicArn: this.arn,
      ...(publication.subject !== undefined && { Subject: publication.subject }),
      Message: text,
      Timestamp: new Date(this.#clock.now()).toISOString(),
      SignatureVersion: '1',
      // Nothing local holds AWS's key: a subscriber that verifies signatures must be told not to here.
      Signature: 'unsigned-by-the-local-stack',
      SigningCertURL: `${host}/SimpleNotificationService-local.pem`,
      UnsubscribeURL: `${host}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn}`,
      ...(attributes.length > 0 && { MessageAttributes: Object.fromEntries(attributes) }),
    }
  }
}
