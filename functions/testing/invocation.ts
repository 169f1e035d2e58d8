import type { Context, SQSRecord } from 'aws-lambda'
import { traceOf } from '../platform/bus/trace.ts'
import type { Invocation } from '../platform/invocation.ts'
import { RecordingLog } from './recording-log.ts'
import { seededRandom } from './seeded-random.ts'

/** A run with a minute left, whose log can be read. */
export function anInvocation(overrides: Partial<Invocation> = {}): Invocation & { log: RecordingLog } {
  return {
    log: new RecordingLog(),
    trace: traceOf(undefined, seededRandom(1)),
    attempt: 1,
    deadline: Date.now() + 60_000,
    signal: new AbortController().signal,
    during: (_, work) => work,
    ...overrides,
  } as Invocation & { log: RecordingLog }
}

/** Lambda's context of a function with so much time, ms. */
export function aContext(remainingMs = 10_000): Context {
  const endsAt = Date.now() + remainingMs
  return {
    awsRequestId: 'r1',
    functionName: 'f',
    getRemainingTimeInMillis: () => endsAt - Date.now(),
  } as Context
}

/** A queue's message. */
export function aRecord(body: string, overrides: Partial<SQSRecord> = {}): SQSRecord {
  return {
    messageId: 'm1',
    receiptHandle: 'h1',
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(Date.now()),
      SenderId: 's',
      ApproximateFirstReceiveTimestamp: String(Date.now()),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:fanfare-dev-work',
    awsRegion: 'eu-west-1',
    ...overrides,
  }
}
