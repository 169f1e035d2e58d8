import { randomUUID } from 'node:crypto'
import type { StreamRecord } from './stream-reader.ts'

/** Why a batch was given up. */
export type GiveUpCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded'

/**
 * What an on-failure destination is told: where the records are, not what they hold.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export function failureRecord(options: {
  functionArn: string
  condition: GiveUpCondition
  invocations: number
  shard: string
  streamArn: string
  records: readonly [StreamRecord, ...StreamRecord[]]
  nowMs: number
}): object {
  const first = options.records[0]
  const last = options.records.at(-1) ?? first
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn: options.functionArn,
      condition: options.condition,
      approximateInvokeCount: options.invocations,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date(options.nowMs).toISOString(),
    DDBStreamBatchInfo: {
      shardId: options.shard,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: last.sequenceNumber,
      approximateArrivalOfFirstRecord: toSecond(first.atMs),
      approximateArrivalOfLastRecord: toSecond(last.atMs),
      batchSize: options.records.length,
      streamArn: options.streamArn,
    },
  }
}

const toSecond = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
