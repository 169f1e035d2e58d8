/**
 * What every handler has around it: an error is logged once, with the request's id, and metrics are written before
 * the answer.
 *
 * @module
 */
import type { Context } from 'aws-lambda'
import { isPassing } from './dynamodb.ts'
import { type HttpAnswer, type HttpEvent, problemAnswer } from './http.ts'
import { flushMetrics, log } from './log.ts'
import { internalProblem, ProblemError, unavailableProblem } from './problem.ts'

/** A handler of the HTTP API. A thrown ProblemError becomes its answer, an AWS that is away for now 503; anything else is logged and becomes 500. */
export function httpHandler(
  serve: (event: HttpEvent, context: Context) => Promise<HttpAnswer>,
): (event: HttpEvent, context: Context) => Promise<HttpAnswer> {
  return async (event, context) => {
    try {
      return await serve(event, context)
    } catch (error) {
      const problem = problemOf(error)
      // A caller's mistake is the caller's to read; only ours, and an AWS that fails us, belong in the log.
      if (problem.status >= 500) {
        log.error('request failed', { requestId: context.awsRequestId, route: event.routeKey, error })
      }
      return problemAnswer(problem, context.awsRequestId)
    } finally {
      flushMetrics()
    }
  }
}

function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  // AWS failed us, and may not the next time. Only its SDK's errors carry $metadata.
  const ofAws = error instanceof Error && '$metadata' in error
  return ofAws && isPassing(error) ? unavailableProblem(error) : internalProblem(error)
}

/** A handler of any other event. An error is logged and thrown on, for the event source to retry. */
export function eventHandler<Event, Answer>(
  handle: (event: Event, context: Context) => Promise<Answer>,
): (event: Event, context: Context) => Promise<Answer> {
  return async (event, context) => {
    try {
      return await handle(event, context)
    } catch (error) {
      log.error('invocation failed', { requestId: context.awsRequestId, error })
      throw error
    } finally {
      flushMetrics()
    }
  }
}
