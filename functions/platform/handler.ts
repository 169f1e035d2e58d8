/**
 * What every handler has around it: an error is logged once, with the request's id and the trace's, metrics are written
 * before the answer, and a time-out is told of before AWS ends the function.
 *
 * @module
 */
import type { Context } from 'aws-lambda'
import { type Trace, traceOf } from './bus/trace.ts'
import { isPassing } from './dynamodb.ts'
import { type HttpAnswer, type HttpEvent, problemAnswer } from './http.ts'
import { type Invocation, Run } from './invocation.ts'
import { correlate, flushMetrics, log } from './log.ts'
import { requestsUnderWay, takeRequestsUnderWay } from './requests-under-way.ts'
import { internalProblem, ProblemError, unavailableProblem } from './problem.ts'

/** A handler of the HTTP API. A thrown ProblemError becomes its answer, an AWS that is away for now 503; anything else is logged and becomes 500. */
export function httpHandler(
  serve: (event: HttpEvent, context: Context, invocation: Invocation) => Promise<HttpAnswer>,
): (event: HttpEvent, context: Context) => Promise<HttpAnswer> {
  return async (event, context) => {
    const trace = traceOf(event.headers['traceparent'], Math.random, process.env['_X_AMZN_TRACE_ID'])
    const run = begin(context, trace, { route: event.routeKey })
    try {
      return traced(await serve(event, context, run), trace)
    } catch (error) {
      const problem = problemOf(error)
      // A caller's mistake is the caller's to read; only ours, and an AWS that fails us, belong in the log.
      if (problem.status >= 500) {
        log.error('request failed', { requestId: context.awsRequestId, route: event.routeKey, error })
      }
      return traced(problemAnswer(problem, context.awsRequestId), trace)
    } finally {
      end(run, context)
    }
  }
}

/** The answer tells its caller the trace. */
function traced(answer: HttpAnswer, { traceparent }: Trace): HttpAnswer {
  answer.headers['traceparent'] = traceparent
  return answer
}

function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  // AWS failed us, and may not the next time. Only its SDK's errors carry $metadata.
  const ofAws = error instanceof Error && '$metadata' in error
  return ofAws && isPassing(error) ? unavailableProblem(error) : internalProblem(error)
}

/** A handler of any other event. An error is logged and thrown on, for the event source to retry. */
export function eventHandler<Event, Answer>(
  handle: (event: Event, context: Context, invocation: Invocation) => Promise<Answer>,
): (event: Event, context: Context) => Promise<Answer> {
  return async (event, context) => {
    const run = begin(context, traceOf(undefined, Math.random, process.env['_X_AMZN_TRACE_ID']))
    try {
      return await handle(event, context, run)
    } catch (error) {
      log.error('invocation failed', { requestId: context.awsRequestId, error })
      throw error
    } finally {
      end(run, context)
    }
  }
}

function begin(context: Context, trace: Trace, about: Readonly<Record<string, string>> = {}): Run {
  correlate(trace.traceId)
  return new Run(context, trace, (run) => {
    log.error('the function is about to be ended by its time-out', {
      requestId: context.awsRequestId,
      ...about,
      underWay: [...run.underWay(), ...requestsUnderWay()],
    })
  })
}

function end(run: Run, context: Context): void {
  run.end()
  const underWay = [...run.underWay(), ...takeRequestsUnderWay()]
  if (underWay.length > 0) {
    log.error('work was still under way when the handler answered: await it, or AWS freezes it', {
      requestId: context.awsRequestId,
      underWay,
    })
  }
  flushMetrics()
  correlate(undefined)
}
