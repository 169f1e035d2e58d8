/**
 * The third part of a suggestion: what was found goes into the inbox of whoever has the conversation, in the
 * transaction that takes the request away. So one question makes one suggestion, whatever comes twice.
 *
 * @module
 */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb'
import type { SavedReplyFound } from '../../topics/schemas/saved-reply.ts'
import { makeEvent } from '../platform/bus/event.ts'
import { outboxMessage } from '../platform/bus/outbox.ts'
import type { Trace } from '../platform/bus/trace.ts'
import { planOffer } from './desk-plan.ts'
import type { DeskStore } from './dynamodb-desk.ts'
import { suggestionDue } from './events.ts'
import { suggestionIdOf } from './suggestion.ts'

export interface OfferPorts {
  readonly desk: DeskStore
  /** A transaction of the callback's alone. */
  readonly write: (items: TransactWriteItem[]) => Promise<'written' | 'moved'>
  readonly table: string
  /** Where the suggestion's deadline comes. */
  readonly settleQueueUrl: string
  readonly escalationSeconds: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What a request was about, and its record to take away. */
export interface Asked {
  readonly context: { readonly conversationId: string; readonly messageId: string }
  readonly take: TransactWriteItem
}

/**
 * Suggests `replies`, or notes that there are none: then the question waits for its deadline like any other. `moved`
 * when something changed meanwhile, and it has to be looked at anew.
 */
export async function offer(
  { context, take }: Asked,
  replies: readonly SavedReplyFound[],
  trace: Trace,
  ports: OfferPorts,
): Promise<'written' | 'moved'> {
  const { conversationId, messageId } = context
  const suggestionId = suggestionIdOf(conversationId, messageId)
  const [state, made] = await Promise.all([
    ports.desk.read(conversationId),
    ports.desk.suggestion(suggestionId),
  ])
  const now = ports.now()
  const change =
    state && !made
      ? planOffer(state, { conversationId, messageId, replies }, now, ports.escalationSeconds)
      : undefined
  // It was made before, or nobody wants it any more.
  if (!change) return ports.write([take])
  const deadline = now + ports.escalationSeconds * 1000
  const due = makeEvent(
    suggestionDue,
    { conversationId, suggestionId },
    { id: `${suggestionId}-due`, time: new Date(now).toISOString(), trace },
  )
  const message = { queueUrl: ports.settleQueueUrl, body: due, notBefore: deadline }
  return ports.desk.commit(change, [take, outboxMessage(message, ports.table, now)], trace)
}
