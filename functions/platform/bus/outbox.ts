/**
 * A transactional outbox: what a function tells others is an item of the very transaction that records it. The table's
 * stream hands the item to relay.handler.ts, which sends it. So nothing is told that was not recorded, and nothing
 * recorded is forgotten.
 *
 * @module
 */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb'
import type { Item } from '../dynamodb.ts'
import { readEnvelope } from './event.ts'

/** How long the item stays, seconds: longer than a stream keeps its record. */
const outboxSeconds = 2 * 86_400

/** A message for a queue instead of the topic of events. */
export interface QueueMessage {
  readonly queueUrl: string
  /** A CloudEvent as JSON. */
  readonly body: string
  /** Not before this moment, ms since 1970; fifteen minutes ahead at most. */
  readonly notBefore?: number
}

/** What relay sends. */
export type Outgoing = { readonly event: string; readonly queue?: Omit<QueueMessage, 'body'> }

/** An event for everybody who subscribed to its type. `event` is `makeEvent`'s, `now` ms since 1970. */
export function outboxItem(event: string, table: string, now: number): TransactWriteItem {
  return put(event, table, now)
}

/** A message for one queue, in the same way. */
export function outboxMessage(message: QueueMessage, table: string, now: number): TransactWriteItem {
  const { queueUrl, notBefore } = message
  return put(message.body, table, now, {
    queue: { S: queueUrl },
    ...(notBefore === undefined ? {} : { notBefore: { N: String(notBefore) } }),
  })
}

function put(event: string, table: string, now: number, more: Item = {}): TransactWriteItem {
  const { id, type } = readEnvelope(event)
  return {
    Put: {
      TableName: table,
      Item: {
        // An event and a request may be made of one ID, in one transaction.
        pk: { S: `event#${type}#${id}` },
        sk: { S: 'event' },
        event: { S: event },
        expiresAt: { N: String(Math.floor(now / 1000) + outboxSeconds) },
        ...more,
      },
    },
  }
}

/** What an item of the stream wants sent; undefined for an item that is none of the outbox. */
export function readOutboxItem(item: Item): Outgoing | undefined {
  const event = item['event']?.S
  if (event === undefined) return undefined
  const queueUrl = item['queue']?.S
  if (queueUrl === undefined) return { event }
  const notBefore = item['notBefore']?.N
  return { event, queue: { queueUrl, ...(notBefore === undefined ? {} : { notBefore: Number(notBefore) }) } }
}
