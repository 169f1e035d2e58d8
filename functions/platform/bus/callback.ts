/**
 * The third part of a request: its callback uses the reply, or the deadline, whichever takes the request's record away.
 *
 * @module
 */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb'
import type { ReplyFault } from '../../../topics/contract/signal-message.ts'
import { backoffMs } from '../backoff.ts'
import type { Invocation } from '../invocation.ts'
import type { Time } from '../time.ts'
import { EventError, type Envelope, fit, readRawEnvelope } from './event.ts'
import { RetryLater } from './queue-errors.ts'
import type { Consumer } from './queue-message.ts'
import { deadlineType, replyType, type RequestDefinition } from './request.ts'

/** A request whose answer has not taken effect. */
export interface Pending<Context> {
  readonly correlationId: string
  readonly context: Context
  /** Belongs into the transaction that uses the answer: takes the record away, if it is there. */
  readonly take: TransactWriteItem
}

/** The requests of a table. */
export interface RequestStore {
  /** Strongly read; undefined when reply or deadline took effect. `context` is JSON, `deadline` ms since 1970. */
  readonly read: (
    correlationId: string,
  ) => Promise<{ readonly context: string; readonly deadline: number } | undefined>
  readonly take: (correlationId: string) => TransactWriteItem
}

/** What a transaction came to: `moved` when a condition failed or another was in the way, as writeIfUnmoved answers. */
export type Taken = 'written' | 'moved'

/** What becomes of a request. Each writes `pending.take` with its effects, in one transaction, and answers how that went. */
export interface CallbackHandlers<Reply, Context> {
  readonly onReply: (
    answer: { readonly reply: Reply } | { readonly error: ReplyFault },
    pending: Pending<Context>,
    invocation: Invocation,
  ) => Promise<Taken>
  readonly onDeadline: (pending: Pending<Context>, invocation: Invocation) => Promise<Taken>
}

/** What a callback needs besides. */
export interface CallbackPorts {
  readonly requests: RequestStore
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
}

/** Attempts at a transaction that others are in the way of, before the message comes again. */
const attemptsMax = 5

/** The consumers of a callback's queue: of replies and of deadlines. */
export function callback<Data, Reply, Context>(
  definition: RequestDefinition<Data, Reply, Context>,
  { onReply, onDeadline }: CallbackHandlers<Reply, Context>,
  { requests, time, random }: CallbackPorts,
): readonly Consumer[] {
  return [
    {
      type: replyType(definition),
      async handle(body, invocation) {
        const event = readRawEnvelope(body)
        const answer = answerIn(event)
        await settle(event, (pending) => onReply(answer, pending, invocation))
      },
    },
    {
      type: deadlineType(definition),
      async handle(body, invocation) {
        const event = readRawEnvelope(body)
        const earlyMs = Date.parse(String(event.raw['deadline'])) - time.now()
        // A clock that is ahead of this one's sent it, or a queue that delays less.
        if (earlyMs > 0) throw new RetryLater('the deadline is not over yet', earlyMs / 1000)
        await settle(event, (pending) => onDeadline(pending, invocation))
      },
    },
  ]

  function answerIn({ raw, data, type }: Envelope): { reply: Reply } | { error: ReplyFault } {
    const error = raw['error']
    if (error === undefined) return { reply: fit(type, definition.reply, data) }
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
    if (typeof code === 'string' && typeof message === 'string') return { error: { code, message } }
    throw new EventError(`the error in ${type} has no code and message`)
  }

  async function settle({ raw, type }: Envelope, use: (pending: Pending<Context>) => Promise<Taken>) {
    const { correlationid: correlationId } = raw
    if (typeof correlationId !== 'string') throw new EventError(`${type} has no correlationid`)
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const request = await requests.read(correlationId)
      // The other took effect, or this one did and comes again.
      if (!request) return
      const context = fit(
        `the context of ${definition.type}`,
        definition.context,
        JSON.parse(request.context),
      )
      if ((await use({ correlationId, context, take: requests.take(correlationId) })) === 'written') return
      await time.sleep(backoffMs(attempt, { baseMs: 20, capMs: 500 }, random))
    }
    throw new RetryLater(
      `others were in the way of ${type} ${correlationId} at each of ${attemptsMax} attempts`,
    )
  }
}
