/**
 * One structured logger and one collector of metrics a Lambda instance, from Powertools. They write only when there is
 * something to say: the paths of a donation that goes well write no line.
 *
 * @module
 */
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'

/** What use cases may say. */
export interface Log {
  warn(message: string, fields: Readonly<Record<string, unknown>>): void
  error(message: string, fields: Readonly<Record<string, unknown>>): void
  /** Adds to a CloudWatch metric, in counts. Kept until `flushMetrics`. */
  count(metric: string, by?: number): void
}

// Both outlive a request: they hold configuration, and counts until the handler's wrapper flushes them.
const logger = new Logger()
const metrics = new Metrics()

// Lambda runs one invocation of an instance at a time, so that the lines of now are those of its trace.
let current: string | undefined

/** Lines from now on carry this correlation ID, the trace ID of the invocation; undefined: none. */
export function correlate(correlationId: string | undefined): void {
  current = correlationId
}

export const log: Log = {
  warn: (message, fields) => logger.warn(message, correlated(current, fields)),
  error: (message, fields) => logger.error(message, correlated(current, fields)),
  count: (metric, by = 1) => {
    metrics.addMetric(metric, MetricUnit.Count, by)
  },
}

/** The log of one message among several that an invocation has. */
export function logOf(correlationId: string): Log {
  return {
    warn: (message, fields) => logger.warn(message, correlated(correlationId, fields)),
    error: (message, fields) => logger.error(message, correlated(correlationId, fields)),
    count: (metric, by) => log.count(metric, by),
  }
}

function correlated(
  correlationId: string | undefined,
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return correlationId === undefined ? { ...fields } : { correlationId, ...fields }
}

/** Writes the metrics of this invocation, if there are any, with its correlation ID: a field to search by, no dimension. */
export function flushMetrics(): void {
  if (!metrics.hasStoredMetrics()) return
  if (current !== undefined) metrics.addMetadata('correlationId', current)
  metrics.publishStoredMetrics()
}
