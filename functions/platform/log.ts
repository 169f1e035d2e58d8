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

export const log: Log = {
  warn: (message, fields) => logger.warn(message, { ...fields }),
  error: (message, fields) => logger.error(message, { ...fields }),
  count: (metric, by = 1) => {
    metrics.addMetric(metric, MetricUnit.Count, by)
  },
}

/** Writes the metrics of this invocation, if there are any. */
export function flushMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
}
