/** The event source mappings of serverless.yml. */
import type { Chance } from './chance.ts'
import type { Clock } from './clock.ts'
import type { LocalDynamoDb } from './dynamodb/index.ts'
import { type EventSource, scheduleSource, sqsSource, streamSource } from './event-sources/index.ts'
import type { Faults } from './faults.ts'
import type { LambdaHost } from './lambda/index.ts'
import type { Messaging } from './messaging/index.ts'
import type { Template, TemplateEvent, TemplateFunction } from './template/template.ts'

export interface EventSourcesOptions {
  readonly template: Template
  readonly db: LocalDynamoDb
  readonly messaging: Messaging
  readonly host: LambdaHost
  readonly clock: Clock
  readonly chance: Chance
  readonly faults: Faults
  readonly visibilityScale: number
  readonly log: (message: string) => void
}

/** Starts every mapping; schedules are sources too, but hold nothing. */
export function startEventSources(options: EventSourcesOptions): readonly EventSource[] {
  return Object.values(options.template.functions).flatMap((definition) =>
    definition.events.flatMap((event) => startSource(definition, event, options) ?? []),
  )
}

function startSource(
  { key, arn }: TemplateFunction,
  event: TemplateEvent,
  { db, messaging, host, clock, chance, faults, visibilityScale, log }: EventSourcesOptions,
): EventSource | undefined {
  const common = {
    clock,
    log: (message: string) => log(`${key}: ${message}`),
    invoke: (payload: unknown) => host.invoke(key, payload),
  }
  switch (event.type) {
    case 'httpApi':
    case 'iot':
      return undefined
    case 'schedule':
      return scheduleSource({ ...common, expression: event.expression, input: event.input, name: key })
    case 'sqs':
      return sqsSource({ ...common, ...event, queue: messaging.queue(event.queueArn), visibilityScale })
    case 'stream': {
      const { onFailureArn } = event
      return streamSource({
        ...common,
        ...event,
        reader: db.stream(event.tableName),
        name: key,
        functionArn: arn,
        chance,
        faults,
        ...(onFailureArn !== undefined && {
          async onFailure(body: string) {
            const queue = messaging.queue(onFailureArn)
            queue.send(body)
            await queue.committed()
          },
        }),
      })
    }
  }
}
