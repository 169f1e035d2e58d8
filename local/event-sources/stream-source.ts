import type { Chance } from '../chance.ts'
import type { Clock } from '../clock.ts'
import type { Faults } from '../faults.ts'
import { stopGraceMs } from './event-source.ts'
import type { EventSource, Invoke, Log } from './event-source.ts'
import { streamFilter } from './event-filter.ts'
import type { FilterPatterns } from './event-filter.ts'
import type { RetrySettings } from './batch-delivery.ts'
import { RunningSet } from './running-set.ts'
import { ShardPump } from './shard-pump.ts'
import type { StreamReader } from './stream-reader.ts'

export interface StreamSourceOptions extends Partial<RetrySettings> {
  readonly reader: StreamReader
  /** Names the mapping's checkpoints: the same name goes on where the last run stopped. */
  readonly name: string
  /** For the on-failure destination. */
  readonly functionArn: string
  readonly invoke: Invoke
  readonly clock: Clock
  readonly chance: Chance
  /** Read at each use. */
  readonly faults: Pick<Faults, 'streams'>
  readonly log: Log
  /** Where a mapping without a checkpoint begins. Default: TRIM_HORIZON, with the oldest record. */
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST'
  /** Records an invocation gets at most, 1 to 10,000. Default: 100. */
  readonly batchSize?: number
  /** Seconds to wait for a full batch, 0 to 300. Default: 0. */
  readonly batchWindowSeconds?: number
  /** Batches of one shard at once, 1 to 10; records of one partition key stay in order. Default: 1. */
  readonly parallelizationFactor?: number
  /** Records that pass none of these are not handed out. Default: none, all are. */
  readonly filterPatterns?: FilterPatterns
  /** Takes what is told of a batch that was given up, such as a queue's `send`; safe when it resolves. */
  readonly onFailure?: ((body: string) => Promise<void>) | undefined
}

export const streamSourceDefaults = {
  startingPosition: 'TRIM_HORIZON',
  batchSize: 100,
  batchWindowSeconds: 0,
  parallelizationFactor: 1,
  filterPatterns: [],
  maximumRetryAttempts: -1,
  maximumRecordAgeSeconds: -1,
  bisectBatchOnFunctionError: false,
  reportBatchItemFailures: false,
  retryFirstMs: 100,
  retryMostMs: 10_000,
} satisfies Partial<StreamSourceOptions>

/**
 * Lambda's event source mapping for a table's stream: each shard in order, one batch at a time and lane, and the
 * checkpoint kept by the reader. A record that arrives at an idle source is handed out in the same turn: AWS's polling
 * delay (up to a second or so) is not played.
 */
export function streamSource(options: StreamSourceOptions): EventSource {
  const settings = { ...streamSourceDefaults, ...options }
  const { reader, clock } = settings
  const running = new RunningSet(settings.log)
  const chance = settings.chance.fork(`stream ${settings.name}`)
  const passes = streamFilter(settings.filterPatterns)
  const pauses = new Set<() => void>()
  let idleWaiters: (() => void)[] = []
  let isScheduled = false

  const pause = (ms: number): Promise<void> => {
    if (running.stopped) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel()
        pauses.delete(wake)
        resolve()
      }
      const cancel = clock.after(ms, wake)
      pauses.add(wake)
    })
  }

  const pumps = reader.shards.map(
    (shard) =>
      new ShardPump(shard, settings, {
        passes,
        running,
        onQuiet: () => checkIdle(),
        delivery: {
          ...settings,
          chance,
          streamArn: reader.arn,
          shard,
          signal: running.signal,
          isStopped: () => running.stopped,
          onFailure: options.onFailure,
          pause,
        },
      }),
  )

  const pump = (): void => {
    for (const shard of pumps) shard.pump()
  }
  /** Once for many records of a turn, and never inside the writer's own call. */
  const wake = (): void => {
    if (isScheduled) return
    isScheduled = true
    queueMicrotask(() => {
      isScheduled = false
      pump()
    })
  }
  const checkIdle = (): void => {
    if (idleWaiters.length === 0) return
    pump()
    if (!pumps.every((shard) => shard.isQuiet)) return
    for (const resolve of idleWaiters.splice(0)) resolve()
  }

  const stopListening = reader.onRecords(wake)
  wake()

  return {
    async stop(graceMs = stopGraceMs) {
      stopListening()
      const stopped = running.stop(clock, graceMs)
      for (const shard of pumps) shard.stop()
      for (const wakeUp of pauses) wakeUp()
      await stopped
    },
    idle() {
      return new Promise((resolve) => {
        idleWaiters.push(resolve)
        checkIdle()
      })
    },
  }
}
