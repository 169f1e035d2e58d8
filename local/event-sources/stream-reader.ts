/** A record of a table's stream. What is costly to parse is parsed when it is asked for. */
export interface StreamRecord {
  readonly sequenceNumber: string
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE'
  /** When it was written, ms since 1970. */
  readonly atMs: number
  /** The item's key attributes, the partition key first. */
  readonly keys: Readonly<Record<string, unknown>>
  /** The record as JSON, as an event's `Records` has it. */
  readonly json: string
  /** The same, parsed: Lambda's DynamoDBRecord. */
  readonly record: object
}

/** A table's stream as an event source reads it. */
export interface StreamReader {
  /** For an event's `eventSourceARN`. */
  readonly arn: string
  readonly shards: readonly string[]
  /** Records after a sequence number (from the oldest when undefined), oldest first, at most `limit`. */
  read(shard: string, after: string | undefined, limit: number): readonly StreamRecord[]
  /** The place after which a reader that starts at LATEST reads. */
  latest(shard: string): string
  /** Durable position of a named reader; undefined when it has none. */
  checkpoint(reader: string, shard: string): string | undefined
  saveCheckpoint(reader: string, shard: string, sequenceNumber: string): void
  /** Calls back when records may be readable; the answer stops it. */
  onRecords(listener: () => void): () => void
}
