/**
 * What invokes a function: the `events` of serverless.yml.
 *
 * @module
 */
import type * as v from 'valibot'
import { iotEventSchema } from './rules.ts'
import { httpApiSchema, scheduleSchema, sqsSchema, streamSchema } from './schemas.ts'
import type { TemplateEvent } from './template.ts'
import type { Path } from './yaml-source.ts'

export type Check = <Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  path: Path,
) => v.InferOutput<Schema>

/** The events at `path`, their functions resolved. Those that are switched off are left out. */
export function readEvents(
  events: readonly Readonly<Record<string, unknown>>[],
  path: Path,
  check: Check,
  fail: (problem: string, remedy: string, path: Path) => never,
): readonly TemplateEvent[] {
  return events.flatMap((event, index): readonly TemplateEvent[] => {
    const [type = '', value] = Object.entries(event)[0] ?? []
    const place = [...path, index, type]
    switch (type) {
      case 'httpApi':
        return [{ type, ...check(httpApiSchema, value, place) }]
      case 'sqs': {
        const sqs = check(
          sqsSchema,
          typeof value === 'string' || hasNoArn(value) ? { arn: value } : value,
          place,
        )
        if (!sqs.enabled) return []
        return [
          {
            type,
            queueArn: sqs.arn,
            batchSize: sqs.batchSize,
            batchWindowSeconds: sqs.maximumBatchingWindow,
            maximumConcurrency: sqs.maximumConcurrency,
            reportBatchItemFailures: sqs.functionResponseType !== undefined,
          },
        ]
      }
      case 'stream': {
        const stream = check(streamSchema, value, place)
        if (!stream.enabled) return []
        const tableName =
          /:table\/([^/]+)\/stream\//.exec(stream.arn)?.[1] ??
          fail(`${stream.arn} is no stream of a table`, 'use !GetAtt Table.StreamArn', place)
        return [
          {
            type,
            streamArn: stream.arn,
            tableName,
            startingPosition: stream.startingPosition,
            batchSize: stream.batchSize,
            batchWindowSeconds: stream.batchWindow,
            parallelizationFactor: stream.parallelizationFactor,
            maximumRetryAttempts: stream.maximumRetryAttempts,
            maximumRecordAgeSeconds: stream.maximumRecordAgeInSeconds,
            bisectBatchOnFunctionError: stream.bisectBatchOnFunctionError,
            reportBatchItemFailures: stream.functionResponseType !== undefined,
            filterPatterns: stream.filterPatterns,
            onFailureArn: stream.destinations?.onFailure,
          },
        ]
      }
      case 'schedule': {
        const schedule = check(scheduleSchema, value, place)
        if (!schedule.enabled) return []
        return schedule.rate.map((expression) => ({ type, expression, input: schedule.input }))
      }
      case 'iot': {
        const { name, sql, sqlVersion, enabled } = check(iotEventSchema, value, place)
        return [{ type, name, sql, sqlVersion, enabled }]
      }
      default:
        return fail(
          `the event ${type} is not understood by the local stack`,
          'it runs httpApi, sqs, stream, schedule and iot',
          place,
        )
    }
  })
}

/** Whether the value is no map at all, so that the schema says what it should have been. */
const hasNoArn = (value: unknown): boolean => typeof value !== 'object' || value === null
