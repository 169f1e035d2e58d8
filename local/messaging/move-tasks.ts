import type { Clock } from '../clock.ts'
import type { JsonOperation } from './aws-json.ts'
import type { LocalQueue } from './queue.ts'
import { sqsErrors } from './sqs-errors.ts'

interface MoveTask {
  readonly handle: string
  status: 'RUNNING' | 'CANCELLED' | 'COMPLETED'
  readonly source: LocalQueue
  readonly destinationArn: string | undefined
  /** Messages a second; undefined: as fast as can be. */
  readonly rate: number | undefined
  readonly toMove: number
  moved: number
  readonly startedAt: number
}

/** Messages a second that a caller may ask for at most. */
const rateMax = 500

/** Tasks that a queue's list remembers; AWS tells of ten at most. */
const remembered = 100

/**
 * A dead-letter queue's way back: StartMessageMoveTask moves what is visible to a queue, or each message to the queue
 * it came from. With MaxNumberOfMessagesPerSecond it takes its time, and can be cancelled; without, it is complete when
 * it is answered, where AWS takes minutes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export function moveTasks(
  queues: ReadonlyMap<string, LocalQueue>,
  clock: Clock,
): Readonly<Record<string, JsonOperation>> {
  let tasks: MoveTask[] = []
  let started = 0
  const find = (arn: string): LocalQueue | undefined => queues.get(arn.split(':').at(-1) ?? '')
  const byArn = (arn: string): LocalQueue => {
    const queue = find(arn)
    if (!queue) throw sqsErrors.noSuchResource(`The resource that you specified, ${arn}, doesn't exist.`)
    return queue
  }
  const move = (task: MoveTask, most?: number): number => {
    const { source, destinationArn } = task
    const moved = source.moveAll(
      destinationArn === undefined
        ? (arn) => (arn === undefined ? undefined : find(arn))
        : byArn(destinationArn),
      most,
    )
    task.moved += moved
    return moved
  }
  /** A second's share at each turn, until nothing is left of what there was. */
  const turn = (task: MoveTask, rate: number): void => {
    if (task.status !== 'RUNNING') return
    const share = Math.min(rate, task.toMove - task.moved)
    if (move(task, share) < share || task.moved >= task.toMove) task.status = 'COMPLETED'
    else clock.after(1000, () => turn(task, rate))
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
      if (tasks.some((task) => task.source === source && task.status === 'RUNNING')) {
        throw sqsErrors.invalidParameter(
          'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
        )
      }
      const destinationArn = input.optional('DestinationArn')
      if (destinationArn !== undefined) byArn(destinationArn)
      const task: MoveTask = {
        handle: Buffer.from(`${source.name}/${started++}`).toString('base64'),
        status: 'RUNNING',
        source,
        destinationArn,
        rate: input.integer('MaxNumberOfMessagesPerSecond', undefined, 1, rateMax),
        toMove: source.counts().visible,
        moved: 0,
        startedAt: clock.now(),
      }
      tasks = [...tasks.slice(-remembered), task]
      if (task.rate === undefined) {
        move(task)
        task.status = 'COMPLETED'
      } else turn(task, task.rate)
      await source.committed()
      return { TaskHandle: task.handle }
    },

    ListMessageMoveTasks: (input) => {
      const source = byArn(input.text('SourceArn'))
      const most = input.integer('MaxResults', 1, 1, 10)
      return {
        Results: tasks
          .filter((task) => task.source === source)
          .slice(-most)
          .toReversed()
          .map(described),
      }
    },

    CancelMessageMoveTask: (input) => {
      const handle = input.text('TaskHandle')
      const task = tasks.find((known) => known.handle === handle)
      if (task?.status !== 'RUNNING')
        throw sqsErrors.noSuchResource('There is no running task of this handle.')
      task.status = 'CANCELLED'
      return { ApproximateNumberOfMessagesMoved: task.moved }
    },
  }
}

/** A task as AWS lists it: its handle only while it can be cancelled. */
function described(task: MoveTask): object {
  return {
    ...(task.status === 'RUNNING' && { TaskHandle: task.handle }),
    Status: task.status,
    SourceArn: task.source.arn,
    ...(task.destinationArn !== undefined && { DestinationArn: task.destinationArn }),
    ...(task.rate !== undefined && { MaxNumberOfMessagesPerSecond: task.rate }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    StartedTimestamp: task.startedAt,
  }
}
