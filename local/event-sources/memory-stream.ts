import { localAccount } from '../aws.ts'
import type { Clock } from '../clock.ts'
import type { EventSource } from './event-source.ts'
import type { StreamReader, StreamRecord } from './stream-reader.ts'

/** A stream in memory, for tests of what reads streams. */
export interface MemoryStream extends StreamReader {
  /** Appends an item's record to the shard of its key. */
  append(key: string, attributes?: Record<string, unknown>): StreamRecord
}

export function memoryStream(clock: Clock, shardCount = 1): MemoryStream {
  const arn = `arn:aws:dynamodb:${localAccount.region}:${localAccount.accountId}:table/t/stream/2025-01-01T00:00:00.000`
  const shards = Array.from({ length: shardCount }, (_, number) => `shardId-${number}`)
  const records = new Map<string, StreamRecord[]>(shards.map((shard) => [shard, []]))
  const checkpoints = new Map<string, string>()
  const listeners = new Set<() => void>()
  let sequence = 0
  const of = (shard: string): StreamRecord[] => records.get(shard) ?? []
  return {
    arn,
    shards,
    append(key, attributes = {}) {
      sequence += 1
      const sequenceNumber = String(sequence).padStart(8, '0')
      const keys = { pk: { S: key } }
      const record = {
        eventID: sequenceNumber,
        eventName: 'INSERT' as const,
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: localAccount.region,
        dynamodb: {
          ApproximateCreationDateTime: Math.floor(clock.now() / 1000),
          Keys: keys,
          NewImage: { ...keys, ...attributes },
          SequenceNumber: sequenceNumber,
        },
        eventSourceARN: arn,
      }
      const entry = {
        sequenceNumber,
        eventName: record.eventName,
        atMs: clock.now(),
        keys,
        json: JSON.stringify(record),
        record,
      }
      const place = [...key].reduce((sum, char) => sum + char.charCodeAt(0), 0) % shardCount
      of(shards[place] ?? '').push(entry)
      for (const listener of listeners) listener()
      return entry
    },
    read: (shard, after, limit) =>
      of(shard)
        .filter(({ sequenceNumber }) => after === undefined || sequenceNumber > after)
        .slice(0, limit),
    latest: (shard) => of(shard).at(-1)?.sequenceNumber ?? '0',
    checkpoint: (reader, shard) => checkpoints.get(`${reader} ${shard}`),
    saveCheckpoint: (reader, shard, sequenceNumber) => {
      checkpoints.set(`${reader} ${shard}`, sequenceNumber)
    },
    onRecords(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Whether a source is idle within so many turns of a clock. */
export async function becomesIdle(
  source: EventSource,
  turn: () => Promise<void>,
  turns: number,
): Promise<boolean> {
  const state = { isIdle: false }
  const idle = source.idle().then(() => (state.isIdle = true))
  for (let n = 0; n < turns && !state.isIdle; n++) await turn()
  return state.isIdle && idle
}
