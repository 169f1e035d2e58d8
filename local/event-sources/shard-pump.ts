import { hash } from 'node:crypto'
import { payloadBytesMax } from '../lambda/limits.ts'
import { deliverBatch } from './batch-delivery.ts'
import type { DeliveryContext } from './batch-delivery.ts'
import { LowWaterMark } from './low-water-mark.ts'
import type { RunningSet } from './running-set.ts'
import type { StreamReader, StreamRecord } from './stream-reader.ts'

export interface ShardSettings {
  readonly reader: StreamReader
  readonly name: string
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST'
  readonly batchSize: number
  readonly batchWindowSeconds: number
  readonly parallelizationFactor: number
}

export interface ShardContext {
  readonly passes: (record: StreamRecord) => boolean
  readonly running: RunningSet
  /** A lane of this shard has nothing left to do. */
  readonly onQuiet: () => void
  readonly delivery: Omit<DeliveryContext, 'done'>
}

/** Records of the same partition keys, one batch of them at a time. */
interface Lane {
  waiting: StreamRecord[]
  busy: boolean
  /** Cancels the batch window's timer. */
  window: (() => void) | undefined
  windowOver: boolean
}

/** Reads one shard, parts its records into lanes by partition key, and keeps the checkpoint. */
export class ShardPump {
  readonly #shard: string
  readonly #settings: ShardSettings
  readonly #context: ShardContext
  readonly #mark = new LowWaterMark()
  readonly #lanes: Lane[]
  readonly #readAhead: number
  /** Sequence number after which to read; undefined: from the oldest. */
  #after: string | undefined

  constructor(shard: string, settings: ShardSettings, context: ShardContext) {
    const { reader, name, parallelizationFactor, batchSize } = settings
    this.#shard = shard
    this.#settings = settings
    this.#context = context
    this.#readAhead = Math.max(2 * batchSize * parallelizationFactor, 100)
    this.#lanes = Array.from({ length: parallelizationFactor }, () => ({
      waiting: [],
      busy: false,
      window: undefined,
      windowOver: false,
    }))
    this.#after = reader.checkpoint(name, shard)
    if (this.#after === undefined && settings.startingPosition === 'LATEST') {
      this.#after = reader.latest(shard)
      // Kept at once: what arrives before the first batch is done is not older than this mapping.
      reader.saveCheckpoint(name, shard, this.#after)
    }
  }

  /** Whether everything that was written so far is done. */
  get isQuiet(): boolean {
    return this.#mark.outstanding === 0 && this.#lanes.every((lane) => !lane.busy)
  }

  /** Reads what there is and starts what can start. */
  pump(): void {
    if (this.#context.running.stopped) return
    this.#fill()
    for (const lane of this.#lanes) this.#run(lane)
  }

  stop(): void {
    for (const lane of this.#lanes) lane.window?.()
  }

  #fill(): void {
    const { reader, batchSize } = this.#settings
    while (this.#mark.outstanding < this.#readAhead) {
      const limit = Math.min(this.#readAhead - this.#mark.outstanding, Math.max(batchSize, 100))
      const records = reader.read(this.#shard, this.#after, limit)
      const last = records.at(-1)
      if (!last) break
      this.#after = last.sequenceNumber
      for (const record of records) {
        this.#mark.add(record.sequenceNumber)
        if (this.#context.passes(record)) this.#lanes[this.#laneOf(record)]?.waiting.push(record)
        else this.#mark.finish(record.sequenceNumber)
      }
      this.#checkpoint()
    }
  }

  #laneOf({ keys }: StreamRecord): number {
    const lanes = this.#lanes.length
    if (lanes === 1) return 0
    for (const name in keys) return parseInt(hash('md5', JSON.stringify(keys[name])).slice(0, 8), 16) % lanes
    return 0
  }

  #checkpoint(): void {
    const mark = this.#mark.rise()
    if (mark !== undefined) this.#settings.reader.saveCheckpoint(this.#settings.name, this.#shard, mark)
  }

  #run(lane: Lane): void {
    if (lane.busy || lane.waiting.length === 0 || this.#context.running.stopped) return
    const { batchSize, batchWindowSeconds } = this.#settings
    if (batchWindowSeconds > 0 && lane.waiting.length < batchSize && !lane.windowOver) {
      lane.window ??= this.#context.delivery.clock.after(batchWindowSeconds * 1000, () => {
        lane.windowOver = true
        this.#run(lane)
      })
      return
    }
    lane.window?.()
    lane.window = undefined
    lane.windowOver = false
    const batch = lane.waiting.splice(0, this.#batchLength(lane.waiting))
    lane.busy = true
    this.#context.running.start(
      () => this.#deliver(lane, batch),
      () => {
        lane.busy = false
        this.pump()
        if (!lane.busy) this.#context.onQuiet()
      },
    )
  }

  async #deliver(lane: Lane, batch: readonly StreamRecord[]): Promise<void> {
    const { delivery } = this.#context
    const done = (records: readonly StreamRecord[]): void => {
      for (const { sequenceNumber } of records) this.#mark.finish(sequenceNumber)
      this.#checkpoint()
    }
    try {
      await deliverBatch({ ...delivery, done }, batch)
    } catch (error) {
      // A checkpoint or a failure record could not be written: the batch stays first in its lane, nothing is skipped.
      delivery.log(`stream ${delivery.streamArn}: ${error instanceof Error ? error.message : String(error)}`)
      lane.waiting.unshift(...batch)
      await delivery.pause(delivery.retryMostMs)
    }
  }

  /** How many of the waiting records make a batch: its size, Lambda's payload limit, or a seeded early close. */
  #batchLength(waiting: readonly StreamRecord[]): number {
    const { chance, faults } = this.#context.delivery
    const most = Math.min(waiting.length, this.#settings.batchSize)
    let length = 0
    let bytes = 0
    while (length < most) {
      bytes += (waiting[length]?.json.length ?? 0) + 1
      if (length > 0 && bytes > payloadBytesMax) break
      length += 1
    }
    return chance.happens(faults.streams.earlyClose) ? 1 + Math.floor(chance.next() * length) : length
  }
}
