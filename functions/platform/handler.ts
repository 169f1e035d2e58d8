/**
 * What every handler has around it: an error is logged once, with the request's id, and metrics are written before
 * the answer.
 *
 * @module
 */
import type { Context } from 'aws-lambda'
import { type HttpAnswer, type HttpEvent, problemAnswer } from './http.ts'
import { flushMetrics, log } from './log.ts'
import { internalProblem, ProblemError } from './problem.ts'

/** A handler of the HTTP API. A thrown ProblemError becomes its answer; anything else is logged and becomes 500. */
export function httpHandler(
  serve: (event: HttpEvent, context: Context) => Promise<HttpAnswer>,
): (event: HttpEvent, context: Context) => Promise<HttpAnswer> {
  return async (event, context) => {
    try {
      return await serve(event, context)
    } catch (error) {
      const problem = error instanceof ProblemError ? error : internalProblem(error)
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
