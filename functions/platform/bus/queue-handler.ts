/**
 * A work queue's handler. Each message fares alone: one that fails comes again or is set aside, and never repeats what
 * was done for the others of its batch.
 *
 * @module
 */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { eventHandler } from '../handler.ts'
import type { Invocation } from '../invocation.ts'
import { type DomainEvent, type EventDefinition, readEvent } from './event.ts'
import { type Consumer, handleMessage, type QueuePort } from './queue-message.ts'
import { sqsQueue } from './sqs-queue.ts'

export { PoisonError, RetryLater } from './queue-errors.ts'
export type { Consumer } from './queue-message.ts'

/** Consumes one kind of event. A message that does not fit its definition is poison. */
export function consume<Data>(
  definition: EventDefinition<Data>,
  handle: (event: DomainEvent<Data>, invocation: Invocation) => Promise<void>,
): Consumer {
  return {
    type: definition.type,
    handle: async (body, invocation) => handle(readEvent(definition, body), invocation),
  }
}

export interface QueueHandlerOptions {
  /** Messages of a batch that are worked on at once. Default: 10, a batch's usual size. */
  readonly concurrency?: number
}

/** What Lambda calls with a batch. */
export interface QueueHandler {
  (event: SQSEvent, context: Context): Promise<SQSBatchResponse>
  /** Types of its consumers, for `fanfare events`. */
  readonly consumes: readonly string[]
}

/** A handler of a queue's messages, by their type. */
export function queueHandler(
  consumers: readonly Consumer[],
  options: QueueHandlerOptions = {},
): QueueHandler {
  return queueHandlerWith(sqsQueue(), consumers, options)
}

/** Likewise, with the queue passed in. */
export function queueHandlerWith(
  queue: QueuePort,
  consumers: readonly Consumer[],
  { concurrency = 10 }: QueueHandlerOptions = {},
): QueueHandler {
  const byType = new Map(consumers.map((consumer) => [consumer.type, consumer]))
  const handler = eventHandler(async ({ Records }: SQSEvent, _context: Context, invocation: Invocation) => {
    const failed: string[] = []
    const waiting = [...Records]
    const work = async () => {
      for (let record = waiting.shift(); record; record = waiting.shift()) {
        const done = await handleMessage(record, byType, queue, invocation)
        if (!done) failed.push(record.messageId)
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, Records.length) }, work))
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
  })
  return Object.assign(handler, { consumes: [...byType.keys()] })
}
