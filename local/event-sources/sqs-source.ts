import type { Clock } from '../clock.ts'
import { payloadBytesMax } from '../lambda/limits.ts'
import type { LocalQueue, ReceivedMessage } from '../messaging/queue.ts'
import { failedItems } from './batch-response.ts'
import { stopGraceMs } from './event-source.ts'
import type { EventSource, Invoke, Log } from './event-source.ts'
import { bodyFilter } from './event-filter.ts'
import type { FilterPatterns } from './event-filter.ts'
import { RunningSet } from './running-set.ts'
import { sqsEvent } from './sqs-event.ts'

export interface SqsSourceOptions {
  readonly queue: LocalQueue
  readonly invoke: Invoke
  readonly clock: Clock
  readonly log: Log
  /** Messages an invocation gets at most, 1 to 10,000; more than 10 need a batch window. Default: 10. */
  readonly batchSize?: number
  /** Seconds to wait for a full batch, 0 to 300. Default: 0. */
  readonly batchWindowSeconds?: number
  /** Invocations at once. Default: 5, as many as Lambda starts with; AWS would go on to 1,250. */
  readonly maximumConcurrency?: number | undefined
  /** Whether the function tells which messages failed. Default: false, an answer means that all succeeded. */
  readonly reportBatchItemFailures?: boolean
  /** Messages that pass none of these are deleted unseen. Default: none, all are handed out. */
  readonly filterPatterns?: FilterPatterns
  /**
   * Factor on the queue's visibility time-out for what this source receives. AWS holds a failed message for the whole
   * time-out, minutes after its function died; tests and a hurried developer shorten it. Default: 1.
   */
  readonly visibilityScale?: number
  /**
   * The shortest time between two receives that bring less than a full batch, ms: the round trip of a poller, during
   * which messages gather. Default: 12, about what it is on AWS.
   */
  readonly pollMs?: number
  /** The same while an invocation is under way: a further one is for what that one leaves waiting. Default: 50 ms. */
  readonly busyPollMs?: number
}

export const sqsSourceDefaults = {
  batchSize: 10,
  batchWindowSeconds: 0,
  reportBatchItemFailures: false,
  filterPatterns: [],
  visibilityScale: 1,
  pollMs: 12,
  busyPollMs: 50,
} satisfies Partial<SqsSourceOptions>

const initialConcurrency = 5

/**
 * Lambda's event source mapping for a queue. Messages of a failed invocation become visible again when their
 * visibility time-out ends, those that succeeded are deleted; the queue's redrive policy takes a message that failed too
 * often. A message that arrives at an idle source is handed out in the same turn: AWS's polling delay is not played.
 * Those that follow closely gather for `pollMs`, as they do on AWS while a poller's request is on its way.
 *
 * @throws Error when the batch size needs a window that there is not
 */
export function sqsSource(options: SqsSourceOptions): EventSource {
  const settings = { ...sqsSourceDefaults, ...options }
  const { queue, clock, batchSize, log } = settings
  if (batchSize > 10 && settings.batchWindowSeconds < 1) {
    throw new Error(
      `queue ${queue.name}: a batch size of ${batchSize} needs a batch window of at least 1 second; use 10 or less without one`,
    )
  }
  const maximumConcurrency = options.maximumConcurrency ?? initialConcurrency
  const visibilityMs = queue.settings.visibilityTimeoutSeconds * 1000 * settings.visibilityScale
  const passes = bodyFilter(settings.filterPatterns)
  const running = new RunningSet(log)
  /** Received and waiting for its batch to fill; empty where there is no window. */
  let gathered: ReceivedMessage[] = []
  let windowTimer: (() => void) | undefined
  let isWindowOver = false
  let receivedAt = Number.NEGATIVE_INFINITY
  let cancelPoll: (() => void) | undefined
  let settled: (() => void)[] = []

  const receive = (max: number): ReceivedMessage[] => {
    const messages = queue.receive({ max, maxBytes: payloadBytes, visibilityMs })
    receivedAt = clock.now()
    return messages.filter((message) => {
      if (passes(message.body)) return true
      queue.delete(message.receiptHandle)
      return false
    })
  }

  const handle = async (messages: readonly ReceivedMessage[]): Promise<void> => {
    let failed: ReadonlySet<string> | 'all' = 'all'
    try {
      const response = await settings.invoke(sqsEvent(queue.arn, messages), { signal: running.signal })
      const ids = new Set(messages.map(({ messageId }) => messageId))
      failed = settings.reportBatchItemFailures ? failedItems(response, (id) => ids.has(id)) : new Set()
      if (failed === 'all')
        log(`queue ${queue.name}: the function's answer is no batch response, so its batch failed`)
    } catch (error) {
      log(
        `queue ${queue.name}: a batch of ${messages.length} failed: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
    if (failed === 'all') return
    for (const { messageId, receiptHandle } of messages)
      if (!failed.has(messageId)) queue.delete(receiptHandle)
    // Not awaited: a delete that is lost with the process makes a second delivery, which a standard queue may make.
  }

  const start = (messages: readonly ReceivedMessage[]): void => {
    running.start(
      () => handle(messages),
      () => {
        for (const resolve of settled.splice(0)) resolve()
        // Set while this invocation ran, with its longer wait.
        cancelPoll?.()
        cancelPoll = undefined
        pump()
      },
    )
  }

  /** Gathers until the batch is full or its window, which begins with its first message, is over. */
  const gather = (): void => {
    while (!running.stopped && running.size < maximumConcurrency) {
      const before = gathered.length
      gathered.push(...receive(batchSize - before))
      if (gathered.length >= batchSize || isFull(gathered) || (isWindowOver && gathered.length > 0)) {
        const messages = gathered
        gathered = []
        isWindowOver = false
        windowTimer?.()
        windowTimer = undefined
        start(messages)
        continue
      }
      if (gathered.length > 0) windowTimer ??= clock.after(settings.batchWindowSeconds * 1000, endWindow)
      if (gathered.length === before) return
    }
  }
  const endWindow = (): void => {
    isWindowOver = true
    gather()
  }

  function pump(): void {
    if (settings.batchWindowSeconds > 0) {
      gather()
      return
    }
    while (!running.stopped && running.size < maximumConcurrency) {
      const { visible } = queue.counts()
      if (visible === 0) return
      // Enough for what runs and for one more: waiting would not make its batch larger.
      const isWorthIt = visible >= batchSize * (running.size + 1)
      const waitMs = isWorthIt ? 0 : receivedAt + pause() - clock.now()
      if (waitMs > 0) {
        cancelPoll ??= clock.after(waitMs, () => {
          cancelPoll = undefined
          pump()
        })
        return
      }
      const messages = receive(batchSize)
      if (messages.length > 0) start(messages)
    }
  }
  function pause(): number {
    return running.size === 0 ? settings.pollMs : settings.busyPollMs
  }

  const stopListening = queue.onReady(pump)
  pump()

  return {
    async stop(graceMs = stopGraceMs) {
      stopListening()
      windowTimer?.()
      cancelPoll?.()
      await running.stop(clock, graceMs)
      await queue.committed()
    },
    async idle() {
      for (;;) {
        await queue.empty()
        if (running.size === 0 && gathered.length === 0) return
        await new Promise<void>((resolve) => {
          settled.push(resolve)
        })
      }
    },
  }
}

/** Leaves room for what an event adds to a body: names, IDs, escapes. */
const payloadBytes = payloadBytesMax * 0.8

const isFull = (messages: readonly ReceivedMessage[]): boolean =>
  messages.reduce((bytes, { body }) => bytes + body.length, 0) > payloadBytes
