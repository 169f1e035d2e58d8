import { createHash } from 'node:crypto'
import { localAccount } from '../aws.ts'
import type { AwsService } from '../aws.ts'
import type { Chance } from '../chance.ts'
import type { Clock } from '../clock.ts'
import type { Faults } from '../faults.ts'
import { deliverToFunction } from './lambda-subscription.ts'
import type { InvokeFunction } from './lambda-subscription.ts'
import { checkedPattern } from './matching-rule.ts'
import { MessageStore } from './message-store.ts'
import { LocalQueue } from './queue.ts'
import { queueSettings } from './queue-definition.ts'
import type { QueueDefinition } from './queue-definition.ts'
import { snsService } from './sns-service.ts'
import { sqsService } from './sqs-service.ts'
import { LocalTopic } from './topic.ts'

export interface MessagingOptions {
  /** Path of the SQLite file, made when missing; `:memory:` for one that is forgotten. */
  readonly dataFile: string
  readonly clock: Clock
  readonly chance: Chance
  /** Read at each use. */
  readonly faults: Pick<Faults, 'messages'>
  /** Told what an operator should read: failures that no caller sees. */
  readonly log: (message: string) => void
  /**
   * Scheme and host of queue URLs. SDK clients whose endpoint comes from AWS_ENDPOINT_URL_SQS send requests to the
   * host of the queue URL when the two differ, so give that endpoint's here. Default: AWS's own host.
   */
  readonly queueUrlOrigin?: string
  /** How a subscription with protocol `lambda` calls its function. Default: such subscriptions are refused. */
  readonly invoke?: InvokeFunction
}

/** A topic as a template declares it. */
export interface TopicDefinition {
  /** 1 to 256 letters, digits, hyphens and underscores. FIFO topics are not offered here. */
  readonly name: string
}

/** A subscription as a template declares it. */
export interface SubscriptionDefinition {
  readonly topicArn: string
  readonly protocol: 'sqs' | 'lambda'
  /** ARN of the queue or function. */
  readonly endpoint: string
  /** Whether a queue gets the message itself instead of the envelope around it. Default: false. */
  readonly rawMessageDelivery?: boolean
  /** Which messages it gets. Default: all. */
  readonly filterPolicy?: Readonly<Record<string, unknown>> | undefined
  /** Default: MessageAttributes. */
  readonly filterPolicyScope?: 'MessageAttributes' | 'MessageBody'
}

export interface Messaging {
  readonly sns: AwsService
  readonly sqs: AwsService
  /**
   * Makes a queue, or gives the one of that name these settings. A dead-letter queue that is not declared yet is made
   * with AWS's defaults, and takes its own settings when it is.
   */
  createQueue(definition: QueueDefinition): LocalQueue
  /** Makes a topic unless there is one of that name. */
  createTopic(definition: TopicDefinition): { readonly arn: string }
  /** Subscribes; the answer is the subscription's ARN. */
  subscribe(definition: SubscriptionDefinition): string
  /** The queue of an ARN, a URL or a name. @throws Error when there is none */
  queue(arnOrName: string): LocalQueue
  /** Ends long polls, writes what is pending and closes the file. */
  close(): void
}

/**
 * SNS and SQS on one machine.
 *
 * fauxqs 2.4.1 offers both, and is the oracle of our suite, not its replacement: its persistent mode syncs the disk at
 * each step of each message on the thread that serves everything (0.17 ms a publish on a fast disk, milliseconds on an
 * ordinary one), it keeps all messages in memory, has no seeded faults and no StartMessageMoveTask, and its topics
 * reach queues only.
 *
 * @throws Error when another stack has the file, or it cannot be opened
 */
export function createMessaging(options: MessagingOptions): Messaging {
  const { clock, faults, log } = options
  const chance = options.chance.fork('messaging')
  const arnPrefix = `${localAccount.region}:${localAccount.accountId}`
  const origin = options.queueUrlOrigin ?? `https://sqs.${localAccount.region}.amazonaws.com`
  const store = new MessageStore(options.dataFile, clock.now())
  const queues = new Map<string, LocalQueue>()
  const inner = new Map<string, LocalQueue>()
  const topics = new Map<string, LocalTopic>()
  const stops: (() => void)[] = []
  const closed = Promise.withResolvers<void>()

  const find = (arnOrName: string): LocalQueue | undefined => queues.get(arnOrName.split(/[:/]/).at(-1) ?? '')

  const makeQueue = (into: Map<string, LocalQueue>, definition: QueueDefinition): LocalQueue => {
    const settings = queueSettings(definition)
    const { name } = settings
    const existing = into.get(name)
    existing?.configure(settings)
    const queue =
      existing ??
      new LocalQueue(
        settings,
        `arn:aws:sqs:${arnPrefix}:${name}`,
        `${origin}/${localAccount.accountId}/${name}`,
        {
          store,
          clock,
          chance: chance.fork(name),
          faults,
          find,
        },
      )
    into.set(name, queue)
    const target = settings.redrive?.deadLetterTargetArn
    if (target !== undefined && !find(target)) makeQueue(queues, { name: target.split(':').at(-1) ?? '' })
    return queue
  }

  const requireQueue = (arnOrName: string): LocalQueue => {
    const queue = find(arnOrName)
    if (!queue) {
      throw new Error(
        `queue ${arnOrName} does not exist; there are: ${[...queues.keys()].join(', ') || 'none'}`,
      )
    }
    return queue
  }

  return {
    sns: snsService({
      topics,
      chance: chance.fork('sns'),
      faults,
      log,
      committed: () => store.committed(),
    }),
    sqs: sqsService({ queues, clock, log, closed: closed.promise }),

    createQueue: (definition) => makeQueue(queues, definition),

    createTopic({ name }) {
      if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) {
        throw new Error(
          `topic name ${JSON.stringify(name)}: expected 1 to 256 letters, digits, hyphens and underscores (no FIFO topics here)`,
        )
      }
      const arn = `arn:aws:sns:${arnPrefix}:${name}`
      if (!topics.has(arn)) topics.set(arn, new LocalTopic(arn, { clock, chance: chance.fork(arn), faults }))
      return { arn }
    },

    subscribe(definition) {
      const topic = topics.get(definition.topicArn)
      if (!topic)
        throw new Error(`topic ${definition.topicArn} does not exist; create it before its subscriptions`)
      const filter = definition.filterPolicy && {
        policy: checkedPattern(definition.filterPolicy),
        scope: definition.filterPolicyScope ?? 'MessageAttributes',
      }
      if (definition.protocol === 'sqs') {
        return topic.subscribe({
          queue: requireQueue(definition.endpoint),
          rawDelivery: definition.rawMessageDelivery ?? false,
          filter,
        })
      }
      const { invoke } = options
      if (!invoke)
        throw new Error(`${definition.endpoint}: pass \`invoke\` to subscribe functions to a topic`)
      const key = createHash('sha256')
        .update(`${topic.arn} ${definition.endpoint}`)
        .digest('hex')
        .slice(0, 32)
      const isNew = !inner.has(key)
      const queue = makeQueue(inner, { name: key, visibilityTimeoutSeconds: 60 })
      const subscriptionArn = topic.subscribe({ queue, rawDelivery: false, filter })
      if (isNew) {
        stops.push(
          deliverToFunction({ queue, functionArn: definition.endpoint, subscriptionArn, invoke, log }),
        )
      }
      return subscriptionArn
    },

    queue: requireQueue,

    close() {
      closed.resolve()
      for (const stop of stops) stop()
      for (const queue of [...queues.values(), ...inner.values()]) queue.close()
      store.close()
    },
  }
}
