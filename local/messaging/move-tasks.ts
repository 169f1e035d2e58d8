import type { Clock } from '../clock.ts'
import type { JsonOperation } from './aws-json.ts'
import type { LocalQueue } from './queue.ts'
import { sqsErrors } from './sqs-errors.ts'

interface MoveTask {
  readonly TaskHandle: string
  readonly Status: 'COMPLETED'
  readonly SourceArn: string
  readonly DestinationArn?: string
  readonly ApproximateNumberOfMessagesMoved: number
  readonly ApproximateNumberOfMessagesToMove: number
  readonly StartedTimestamp: number
}

/**
 * A dead-letter queue's way back: StartMessageMoveTask moves what is visible to a queue, or each message to the queue
 * it came from. On AWS this takes minutes; here a task is complete when it is answered, so there is none to cancel.
 */
export function moveTasks(
  queues: ReadonlyMap<string, LocalQueue>,
  clock: Clock,
): Readonly<Record<string, JsonOperation>> {
  const tasks: MoveTask[] = []
  const byArn = (arn: string): LocalQueue => {
    const queue = queues.get(arn.split(':').at(-1) ?? '')
    if (!queue) throw sqsErrors.noSuchResource(`The resource that you specified, ${arn}, doesn't exist.`)
    return queue
  }
  return {
    StartMessageMoveTask: async (input) => {
      const source = byArn(input.text('SourceArn'))
      const isDeadLetterQueue = [...queues.values()].some(
        ({ settings }) => settings.redrive?.deadLetterTargetArn === source.arn,
      )
      if (!isDeadLetterQueue) {
        throw sqsErrors.invalidParameter('Source queue must be configured as a Dead Letter Queue.')
      }
      const destinationArn = input.optional('DestinationArn')
      const moved = source.moveAll(
        destinationArn === undefined
          ? (arn) => (arn === undefined ? undefined : queues.get(arn.split(':').at(-1) ?? ''))
          : byArn(destinationArn),
      )
      await source.committed()
      const task: MoveTask = {
        TaskHandle: Buffer.from(`${source.name}/${tasks.length}`).toString('base64'),
        Status: 'COMPLETED',
        SourceArn: source.arn,
        ...(destinationArn !== undefined && { DestinationArn: destinationArn }),
        ApproximateNumberOfMessagesMoved: moved,
        ApproximateNumberOfMessagesToMove: moved,
        StartedTimestamp: clock.now(),
      }
      tasks.push(task)
      return { TaskHandle: task.TaskHandle }
    },

    ListMessageMoveTasks: (input) => {
      const source = byArn(input.text('SourceArn'))
      const most = input.integer('MaxResults', 1, 1, 10)
      return {
        Results: tasks
          .filter(({ SourceArn }) => SourceArn === source.arn)
          .slice(-most)
          .toReversed(),
      }
    },

    CancelMessageMoveTask: () => {
      throw sqsErrors.noSuchResource(
        'There is no running task to cancel: here a task is complete when it is answered.',
      )
    },
  }
}
