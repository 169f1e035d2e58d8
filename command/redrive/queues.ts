/**
 * The queues of a stage, and which of them takes another's dead letters.
 *
 * @module
 */
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  QueueDoesNotExist,
  type SQSClient,
} from '@aws-sdk/client-sqs'

/** A queue as it is now. Counts are SQS's, approximate on AWS. */
export interface QueueState {
  /** Without the stage: `crm`, `crm-dlq`. */
  readonly name: string
  readonly url: string
  readonly arn: string
  readonly visible: number
  readonly inFlight: number
  readonly delayed: number
  /** ARN of the queue that takes its dead letters. */
  readonly deadLetterArn: string | undefined
}

/** Where dead letters lie, and where they came from. */
export interface DeadLetters {
  readonly queue: QueueState
  /** The queues whose dead letters it takes; none of a queue where a function sets things aside. */
  readonly sources: readonly QueueState[]
}

/** How the queues of a stage begin: serverless.yml names them so. */
const queuePrefix = (stage: string): string => `fanfare-${stage}-`

/** Queues asked about at once. */
const atOnce = 10

/** Every queue of the stage, by name. */
export async function listQueues(client: SQSClient, stage: string): Promise<readonly QueueState[]> {
  const prefix = queuePrefix(stage)
  const urls: string[] = []
  let page: string | undefined
  do {
    const answer = await client.send(
      new ListQueuesCommand({
        QueueNamePrefix: prefix,
        MaxResults: 1000,
        ...(page === undefined ? {} : { NextToken: page }),
      }),
    )
    urls.push(...(answer.QueueUrls ?? []))
    page = answer.NextToken
  } while (page !== undefined)

  const queues: QueueState[] = []
  for (let start = 0; start < urls.length; start += atOnce) {
    const states = await Promise.all(
      urls.slice(start, start + atOnce).map((url) => readQueue(client, url, prefix)),
    )
    queues.push(...states.filter((state) => state !== undefined))
  }
  return queues.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** A queue's attributes; undefined when it was deleted since it was listed. */
async function readQueue(client: SQSClient, url: string, prefix: string): Promise<QueueState | undefined> {
  try {
    const { Attributes: attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    )
    const redrive = attributes['RedrivePolicy']
    return {
      name: (url.split('/').at(-1) ?? url).slice(prefix.length),
      url,
      arn: attributes['QueueArn'] ?? '',
      visible: Number(attributes['ApproximateNumberOfMessages'] ?? 0),
      inFlight: Number(attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
      delayed: Number(attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
      deadLetterArn:
        redrive === undefined
          ? undefined
          : (JSON.parse(redrive) as { deadLetterTargetArn?: string }).deadLetterTargetArn,
    }
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return undefined
    throw error
  }
}

/** The queue of the stage that takes a queue's dead letters; undefined when it has none here. */
export function deadLetterQueueOf(queues: readonly QueueState[], queue: QueueState): QueueState | undefined {
  return queues.find(({ arn }) => arn === queue.deadLetterArn)
}

/** The queues whose dead letters `queue` takes. */
function sourcesOf(queues: readonly QueueState[], queue: QueueState): readonly QueueState[] {
  return queues.filter(({ deadLetterArn }) => deadLetterArn === queue.arn)
}

/**
 * The dead letters of a queue that is named by itself or by its dead-letter queue, with the stage's prefix or without,
 * or as a URL or ARN. Throws an Error that lists the names there are.
 */
export function findDeadLetters(queues: readonly QueueState[], stage: string, named: string): DeadLetters {
  const last = named.split(/[:/]/).at(-1) ?? named
  const prefix = queuePrefix(stage)
  const short = last.startsWith(prefix) ? last.slice(prefix.length) : last
  const queue = queues.find(({ name }) => name === short)
  if (!queue) {
    const names = queues.map(({ name }) => name).join(', ')
    throw new Error(
      `there is no queue ${JSON.stringify(named)} in stage ${stage}; there are ${names || 'none at all: is the stage deployed?'}`,
    )
  }
  const deadLetterQueue = deadLetterQueueOf(queues, queue)
  if (queue.deadLetterArn !== undefined && !deadLetterQueue) {
    throw new Error(
      `the dead letters of ${queue.name} go to ${queue.deadLetterArn}, which is none of stage ${stage}: name that queue's stage with --stage`,
    )
  }
  const target = deadLetterQueue ?? queue
  return { queue: target, sources: sourcesOf(queues, target) }
}
