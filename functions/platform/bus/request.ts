/**
 * Request and reply in three parts, by correlation ID: an invoker asks, a worker answers, a callback uses the reply. None
 * of them waits for another, so nothing is paid for waiting.
 *
 * The invoker's transaction records the request and puts two messages into its outbox: the request for the worker's
 * queue, and a deadline for the callback's, delayed. The callback takes the record away in the transaction that uses
 * the reply, or the deadline, on the condition that it is there: exactly one of the two takes effect, once, however
 * often and in whichever order they come.
 *
 * @module
 */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb'
import type { StandardSchema } from '../../../topics/contract/standard-schema.ts'
import { EventError, fit, writeEvent } from './event.ts'
import { outboxMessage } from './outbox.ts'
import { delaySecondsMax } from './sqs-sender.ts'
import type { Trace } from './trace.ts'

/** A kind of request. */
export interface RequestDefinition<Data, Reply, Context> {
  /** `suggestion.rank`; the reply's is `suggestion.rank.replied`. */
  readonly type: string
  /** `/fanfare/suggestions` */
  readonly source: string
  readonly request: StandardSchema<unknown, Data>
  readonly reply: StandardSchema<unknown, Reply>
  /** What the invoker leaves for the callback. */
  readonly context: StandardSchema<unknown, Context>
  /** Seconds from the request until its deadline takes effect; 1 to 900, as long as SQS delays a message. */
  readonly deadlineSeconds: number
}

/** Defines a request. Throws EventError for a deadline that SQS cannot delay for. */
export function defineRequest<Data, Reply, Context>(
  options: RequestDefinition<Data, Reply, Context>,
): RequestDefinition<Data, Reply, Context> {
  const { type, deadlineSeconds } = options
  if (!(deadlineSeconds >= 1 && deadlineSeconds <= delaySecondsMax)) {
    throw new EventError(
      `deadlineSeconds of ${type} is ${deadlineSeconds}: use 1 to ${delaySecondsMax}, as long as SQS delays a message`,
    )
  }
  return options
}

/** One request. */
export interface RequestOptions<Data, Context> {
  /** A ULID, or what makes it the same request when it is made again. */
  readonly correlationId: string
  readonly data: Data
  /** For the callback. */
  readonly context: Context
  /** The invoker's, with an outbox (outbox.ts). */
  readonly table: string
  readonly workerQueueUrl: string
  readonly callbackQueueUrl: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly trace?: Trace | undefined
}

/** How long a request is remembered after its deadline, seconds: as long as any queue may keep its reply. */
const rememberedSeconds = 14 * 86_400

/**
 * The pieces of the invoker's transaction: the record, the request, its deadline. Three items; the first one's
 * condition fails when this request was made before. Throws EventError when something does not fit, PayloadTooLargeError
 * for a request larger than an event may be.
 */
export function requestItems<Data, Reply, Context>(
  definition: RequestDefinition<Data, Reply, Context>,
  options: RequestOptions<Data, Context>,
): TransactWriteItem[] {
  const { correlationId, table, now } = options
  const deadlineMs = now + definition.deadlineSeconds * 1000
  const deadline = new Date(deadlineMs).toISOString()
  const record = {
    ...requestKey(correlationId),
    context: {
      S: JSON.stringify(fit(`the context of ${definition.type}`, definition.context, options.context)),
    },
    deadline: { S: deadline },
    expiresAt: { N: String(Math.ceil(deadlineMs / 1000) + rememberedSeconds) },
  }
  const head = {
    source: definition.source,
    time: new Date(now).toISOString(),
    correlationid: correlationId,
    deadline,
    ...(options.trace ? { traceparent: options.trace.traceparent } : {}),
  }
  const request = writeEvent(definition.type, {
    id: correlationId,
    ...head,
    replyto: options.callbackQueueUrl,
    data: fit(definition.type, definition.request, options.data),
  })
  const late = writeEvent(deadlineType(definition), {
    id: `${correlationId}-deadline`,
    ...head,
    data: {},
  })
  return [
    { Put: { TableName: table, Item: record, ConditionExpression: 'attribute_not_exists(pk)' } },
    outboxMessage({ queueUrl: options.workerQueueUrl, body: request }, table, now),
    outboxMessage({ queueUrl: options.callbackQueueUrl, body: late, notBefore: deadlineMs }, table, now),
  ]
}

export const requestKey = (correlationId: string) => ({
  pk: { S: `request#${correlationId}` },
  sk: { S: 'request' },
})

/** Takes a request's record away, if it is there. */
export const takeItem = (table: string, correlationId: string): TransactWriteItem => ({
  Delete: { TableName: table, Key: requestKey(correlationId), ConditionExpression: 'attribute_exists(pk)' },
})

export const replyType = ({ type }: { readonly type: string }): string => `${type}.replied`
export const deadlineType = ({ type }: { readonly type: string }): string => `${type}.deadline`
