import type { TransactWriteItem } from '@aws-sdk/client-dynamodb'
import type { DomainEvent } from '../platform/bus/event.ts'
import { RetryLater } from '../platform/bus/queue-errors.ts'
import { requestItems } from '../platform/bus/request.ts'
import type { Trace } from '../platform/bus/trace.ts'
import { rankReplies } from './events.ts'
import { suggestionIdOf } from './suggestion.ts'

/** The customer's question that wants replies. */
export type Question = DomainEvent<{
  readonly conversationId: string
  readonly messageId: string
  readonly question: string
}>

export interface SuggestPorts {
  readonly write: (items: TransactWriteItem[]) => Promise<'written' | 'moved'>
  /** Whether this was asked for and is not answered, strongly read. */
  readonly isAsked: (correlationId: string) => Promise<boolean>
  readonly table: string
  readonly rankQueueUrl: string
  readonly offerQueueUrl: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Asks for the replies that fit a question, once however often the question is told: the request's ID is its suggestion's. */
export async function askForReplies({ data }: Question, trace: Trace, ports: SuggestPorts): Promise<void> {
  const { conversationId, messageId, question } = data
  const correlationId = suggestionIdOf(conversationId, messageId)
  const items = requestItems(rankReplies, {
    correlationId,
    data: { question },
    context: { conversationId, messageId },
    table: ports.table,
    workerQueueUrl: ports.rankQueueUrl,
    callbackQueueUrl: ports.offerQueueUrl,
    now: ports.now(),
    trace,
  })
  if ((await ports.write(items)) === 'written') return
  if (await ports.isAsked(correlationId)) return
  throw new RetryLater(`another was in the way of asking for ${correlationId}`, 1)
}
