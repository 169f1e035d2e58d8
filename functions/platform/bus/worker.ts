/**
 * The second part of a request: the worker answers, wherever the request says.
 *
 * @module
 */
import type { ReplyFault } from '../../../topics/contract/signal-message.ts'
import type { Invocation } from '../invocation.ts'
import { EventError, fit, readRawEnvelope, writeEvent } from './event.ts'
import type { Consumer } from './queue-message.ts'
import { replyType, type RequestDefinition } from './request.ts'
import type { SendMessage } from './sqs-sender.ts'

/** A request is answered with an error, for good: the callback, or the browser, is told. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  /** Stable, in words with dashes. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A request as its worker sees it. */
export interface WorkerRequest<Data> {
  readonly data: Data
  /** The idempotency key of what is done for it. */
  readonly correlationId: string
  /** Milliseconds since 1970; a reply that comes later is not used. */
  readonly deadline: number
}

/** Where worker and clock come from. */
export interface WorkerPorts {
  readonly send: SendMessage
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Answers one kind of request. `handle` may be called more than once for the same request. Thrown RequestErrors are the
 * answer; RetryLater, PoisonError and others are as for any consumer. A request past its deadline is let go.
 */
export function worker<Data, Reply, Context>(
  definition: RequestDefinition<Data, Reply, Context>,
  handle: (request: WorkerRequest<Data>, invocation: Invocation) => Promise<Reply>,
  { send, now }: WorkerPorts,
): Consumer {
  return {
    type: definition.type,
    async handle(body, invocation) {
      const { raw, data, ...head } = readRawEnvelope(body)
      const { correlationid, deadline: until, replyto } = raw
      const deadline = Date.parse(String(until))
      if (typeof correlationid !== 'string' || typeof replyto !== 'string' || Number.isNaN(deadline)) {
        throw new EventError(
          `the request ${head.id} of type ${head.type} lacks correlationid, replyto or deadline: make it with requestItems`,
        )
      }
      if (now() >= deadline) {
        invocation.log.count('RequestsLate')
        return
      }
      const request = {
        data: fit(definition.type, definition.request, data),
        correlationId: correlationid,
        deadline,
      }
      const answer = await answerOf(() => handle(request, invocation))
      const told =
        'error' in answer ? answer : { data: fit(replyType(definition), definition.reply, answer.reply) }
      await send({
        queueUrl: replyto,
        body: writeEvent(replyType(definition), {
          id: `${correlationid}-reply`,
          source: definition.source,
          time: new Date(now()).toISOString(),
          correlationid,
          traceparent: invocation.trace.traceparent,
          ...told,
        }),
      })
    },
  }
}

/** What a worker says: its reply, or the RequestError it threw. */
export async function answerOf<Reply>(
  handle: () => Promise<Reply>,
): Promise<{ readonly reply: Reply } | { readonly error: ReplyFault }> {
  try {
    return { reply: await handle() }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    return { error: { code: error.code, message: error.message } }
  }
}
