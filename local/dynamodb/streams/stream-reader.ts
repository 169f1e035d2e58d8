import type { StreamRecord } from './record.ts'
import type { StreamLog } from './stream-log.ts'

/** A table's stream, as an event source reads it. Nothing here waits or polls. */
export interface StreamReader {
  /** For an event's `eventSourceARN`. */
  readonly arn: string
  readonly shards: readonly string[]
  /** Records after the checkpoint (from the oldest when undefined), oldest first, at most `limit`. */
  read(shard: string, after: string | undefined, limit: number): StreamRecord[]
  /** The place after which a reader that starts at LATEST reads. */
  latest(shard: string): string
  /**
   * Durable position of a named reader; undefined when it has read nothing. Asking registers the reader: from then
   * on no record is trimmed before it has passed it (or after 24 hours). Ask before the first read.
   */
  checkpoint(reader: string, shard: string): string | undefined
  saveCheckpoint(reader: string, shard: string, sequenceNumber: string): void
  /** Calls back when records may be readable; the answer stops it. */
  onRecords(listener: () => void): () => void
}

/** Shard IDs have AWS's form: 20 digits and 8 hexadecimal digits. */
function shardId(number: number): string {
  return `shardId-${String(number).padStart(20, '0')}-${number.toString(16).padStart(8, '0')}`
}

/** The reader of one table's stream. */
export function streamReader(log: StreamLog, tableId: number, arn: string, shardCount: number): StreamReader {
  const shards = Array.from({ length: shardCount }, (_, number) => shardId(number))
  const numberOf = (shard: string): number => {
    const number = shards.indexOf(shard)
    if (number < 0) throw new RangeError(`no shard ${shard}: this stream has ${shards.join(', ')}`)
    return number
  }
  return {
    arn,
    shards,
    read: (shard, after, limit) => log.read(tableId, numberOf(shard), after, limit),
    latest: () => log.latest(),
    checkpoint: (reader, shard) => log.position(tableId, numberOf(shard), reader),
    saveCheckpoint: (reader, shard, sequenceNumber) =>
      log.savePosition(tableId, numberOf(shard), reader, sequenceNumber),
    onRecords: (listener) => log.listen(tableId, listener),
  }
}
