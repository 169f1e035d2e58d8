/**
 * Sending dead letters back to the queue they came from, by SQS itself: nothing is lost though this machine goes away.
 *
 * @module
 */
import {
  CancelMessageMoveTaskCommand,
  ListMessageMoveTasksCommand,
  ResourceNotFoundException,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import type { DeadLetters } from './queues.ts'

export interface MoveOptions {
  /** Messages a second, 1 to 500. */
  readonly rate: number
  /** Aborted when the person wants it to end. */
  readonly signal: AbortSignal
  /** Told how far it is, at each look. */
  readonly onProgress: (moved: number, ofAbout: number) => void
  readonly sleep: (ms: number) => Promise<void>
}

/** How a task ended. `moved` is SQS's count. */
export interface MoveResult {
  readonly status: 'completed' | 'cancelled'
  readonly moved: number
}

/** How often SQS is asked how far it is, ms. */
const askEveryMs = 500

/** Moves what is visible. Throws an Error when SQS gives up, or there is no queue to move to. */
export async function moveBack(
  client: SQSClient,
  { queue, sources }: DeadLetters,
  options: MoveOptions,
): Promise<MoveResult> {
  if (sources.length === 0) {
    throw new Error(
      `${queue.name} is no queue's dead-letter queue, so there is none to redrive to: look at what is set aside there, and discard it`,
    )
  }
  const [source] = sources
  const { TaskHandle } = await client.send(
    new StartMessageMoveTaskCommand({
      SourceArn: queue.arn,
      MaxNumberOfMessagesPerSecond: options.rate,
      // What a function set aside by itself has no source that SQS would know, so the only one there is is named.
      ...(source && sources.length === 1 ? { DestinationArn: source.arn } : {}),
    }),
  )
  let cancelling = false
  for (;;) {
    if (options.signal.aborted && !cancelling) {
      cancelling = true
      await cancel(client, TaskHandle ?? '')
    }
    const task = await newest(client, queue.arn)
    const moved = task.ApproximateNumberOfMessagesMoved ?? 0
    if (task.Status === 'COMPLETED') return { status: 'completed', moved }
    if (task.Status === 'CANCELLED') return { status: 'cancelled', moved }
    if (task.Status === 'FAILED') {
      throw new Error(
        `SQS gave up after ${moved} messages: ${task.FailureReason ?? 'it does not say why'}; what was not moved is where it was`,
      )
    }
    options.onProgress(moved, task.ApproximateNumberOfMessagesToMove ?? 0)
    await options.sleep(askEveryMs)
  }
}

/** A queue has one running task at most, and the newest is listed first. */
async function newest(client: SQSClient, arn: string) {
  const { Results = [] } = await client.send(
    new ListMessageMoveTasksCommand({ SourceArn: arn, MaxResults: 1 }),
  )
  const [task] = Results
  if (!task) throw new Error(`SQS knows no task that moves messages out of ${arn}, though it started one`)
  return task
}

async function cancel(client: SQSClient, TaskHandle: string): Promise<void> {
  try {
    await client.send(new CancelMessageMoveTaskCommand({ TaskHandle }))
  } catch (error) {
    // It ended before the word came: its status, asked next, says how.
    if (!(error instanceof ResourceNotFoundException)) throw error
  }
}
