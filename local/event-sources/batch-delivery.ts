import type { Chance } from '../chance.ts'
import type { Clock } from '../clock.ts'
import type { Faults } from '../faults.ts'
import { failedItems } from './batch-response.ts'
import type { Invoke, Log } from './event-source.ts'
import { failureRecord } from './failure-record.ts'
import type { GiveUpCondition } from './failure-record.ts'
import type { StreamRecord } from './stream-reader.ts'

/** What a mapping does with a batch that fails. */
export interface RetrySettings {
  /** -1: until the records are too old. */
  readonly maximumRetryAttempts: number
  /** -1: as long as the stream keeps them. */
  readonly maximumRecordAgeSeconds: number
  readonly bisectBatchOnFunctionError: boolean
  readonly reportBatchItemFailures: boolean
  /** Pause before the first retry, ms; it doubles up to `retryMostMs`. AWS does not say its own. */
  readonly retryFirstMs: number
  readonly retryMostMs: number
}

export interface DeliveryContext extends RetrySettings {
  readonly invoke: Invoke
  readonly clock: Clock
  readonly chance: Chance
  readonly faults: Pick<Faults, 'streams'>
  readonly log: Log
  readonly streamArn: string
  readonly functionArn: string
  readonly shard: string
  readonly signal: AbortSignal
  readonly isStopped: () => boolean
  /** Takes what a batch's failure is told with; safe when it resolves. Absent: such batches are only logged. */
  readonly onFailure: ((body: string) => Promise<void>) | undefined
  /** These records are done: handled, or given up. */
  readonly done: (records: readonly StreamRecord[]) => void
  /** Sleeps, but wakes at a stop. */
  readonly pause: (ms: number) => Promise<void>
}

/** A part of a batch that is still to be handled. */
interface Work {
  readonly records: readonly StreamRecord[]
  readonly retries: number
  readonly invocations: number
  /** A seeded fault handed it out once more after it succeeded. */
  readonly repeated: boolean
}

/**
 * Hands one batch to the function until every record of it is handled or given up, in order, as Lambda does for a shard:
 *
 * - A failure is retried after a pause. With bisecting, a batch of several is first halved, which costs no retry.
 * - A partial response finishes what is before its lowest failed record; with bisecting that costs no
 *   retry, without it does. When the lowest is the batch's first there is nothing to cut off: the batch is halved like
 *   any failure. (AWS documents the cut at the returned number only; halving is its rule for every other failure.)
 * - Out of retries, or too old: the on-failure destination is told, and the records count as done.
 */
export async function deliverBatch(
  context: DeliveryContext,
  records: readonly StreamRecord[],
): Promise<void> {
  const stack: Work[] = [{ records, retries: 0, invocations: 0, repeated: false }]
  for (let work = stack.pop(); work && !context.isStopped(); work = stack.pop()) {
    const fresh = await dropOld(context, work)
    if (fresh.records.length === 0) continue
    const failedFrom = await attempt(context, fresh.records)
    const tried = { ...fresh, invocations: fresh.invocations + 1 }
    if (failedFrom === undefined) {
      if (!tried.repeated && context.chance.happens(context.faults.streams.repeat)) {
        stack.push({ ...tried, retries: 0, repeated: true })
      } else context.done(tried.records)
      continue
    }
    if (failedFrom > 0) context.done(tried.records.slice(0, failedFrom))
    stack.push(...(await remaining(context, tried, failedFrom)))
  }
}

/** What is left to do after a failure, last first. */
async function remaining(context: DeliveryContext, work: Work, failedFrom: number): Promise<Work[]> {
  const records = work.records.slice(failedFrom)
  if (context.bisectBatchOnFunctionError) {
    if (failedFrom > 0) return [{ ...work, records }]
    if (records.length > 1) {
      const middle = records.length >> 1
      return [
        { ...work, records: records.slice(middle) },
        { ...work, records: records.slice(0, middle) },
      ]
    }
  }
  const retries = work.retries + 1
  if (context.maximumRetryAttempts >= 0 && retries > context.maximumRetryAttempts) {
    await giveUp(context, { ...work, records }, 'RetryAttemptsExhausted')
    return []
  }
  await context.pause(Math.min(context.retryFirstMs * 2 ** (retries - 1), context.retryMostMs))
  return [{ ...work, records, retries }]
}

/** Gives up the records that are too old; they are first, since a shard is in order of time. */
async function dropOld(context: DeliveryContext, work: Work): Promise<Work> {
  if (context.maximumRecordAgeSeconds < 0) return work
  const oldest = context.clock.now() - context.maximumRecordAgeSeconds * 1000
  const kept = work.records.findIndex(({ atMs }) => atMs >= oldest)
  if (kept === 0) return work
  const split = kept < 0 ? work.records.length : kept
  await giveUp(context, { ...work, records: work.records.slice(0, split) }, 'RecordAgeExceeded')
  return { ...work, records: work.records.slice(split) }
}

/** One invocation: undefined when all succeeded, else the index of the first record to hand out again. */
async function attempt(
  context: DeliveryContext,
  records: readonly StreamRecord[],
): Promise<number | undefined> {
  try {
    const event = { Records: records.map(({ record }) => record) }
    const response = await context.invoke(event, { signal: context.signal })
    if (!context.reportBatchItemFailures) return undefined
    const places = new Map(records.map(({ sequenceNumber }, index) => [sequenceNumber, index]))
    const failed = failedItems(response, (identifier) => places.has(identifier))
    if (failed === 'all') {
      context.log(
        `stream ${context.streamArn}: the function's answer is no batch response, so its batch failed`,
      )
      return 0
    }
    if (failed.size === 0) return undefined
    return Math.min(...[...failed].map((identifier) => places.get(identifier) ?? 0))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    context.log(`stream ${context.streamArn}: a batch of ${records.length} failed: ${reason}`)
    return 0
  }
}

async function giveUp(context: DeliveryContext, work: Work, condition: GiveUpCondition): Promise<void> {
  const [first, ...rest] = work.records
  if (!first) return
  context.log(
    `stream ${context.streamArn}: ${work.records.length} records from ${first.sequenceNumber} given up: ${condition}`,
  )
  await context.onFailure?.(
    JSON.stringify(
      failureRecord({
        functionArn: context.functionArn,
        condition,
        invocations: work.invocations,
        shard: context.shard,
        streamArn: context.streamArn,
        records: [first, ...rest],
        nowMs: context.clock.now(),
      }),
    ),
  )
  context.done(work.records)
}
