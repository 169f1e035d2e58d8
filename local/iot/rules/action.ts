/**
 * A rule's actions, ready to run. Each throws or rejects with what the error action is told.
 *
 * @module
 */
import { messageProblem, type MessageProperties, type NewMessage } from '../message.ts'
import type { Problem } from '../problem.ts'
import { publishedTopicProblem, topicNameProblem } from '../topics/topic-name.ts'
import { type RepublishHeaders, type RuleAction, RuleError, type RuleTargets } from './definition.ts'
import type { RuleContext } from './sql/functions.ts'
import { toText, type Value } from './sql/values.ts'
import { readTemplate } from './substitution.ts'

export interface Action {
  /** As AWS names it to an error action. docs/aws-iot-core.md §9. */
  readonly failedAction: 'LambdaAction' | 'SqsAction' | 'SnsAction' | 'RepublishAction'
  readonly failedResource: string
  /** Times it is tried, and how long after each failure it is tried again, ms. */
  readonly retryAfterMs: readonly number[]
  /** Whether AWS hands it over before it is carried out: its failure is then not the rule's, and no error action is told. */
  readonly isHandedOver: boolean
  readonly run: (out: Value, context: RuleContext) => Promise<unknown> | void
}

/** What Lambda would not even take: it fails when handed over, and trying again is no use. */
export class EventError extends Error {
  override readonly name = 'EventError'
}

/** How an asynchronous invocation is retried. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const lambdaRetriesMs = [60_000, 120_000]
/** AWS says that it tries again after intermittent errors, not when. */
const retriesMs = [1000, 2000]
/** Bytes of an asynchronous invocation's event. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const eventBytesMax = 1024 * 1024

/** @throws RuleError for an action whose target this broker was not given; SqlError for a template that is not understood */
export function readAction(
  rule: string,
  action: RuleAction,
  targets: RuleTargets,
  republish: (published: NewMessage) => void,
): Action {
  switch (action.type) {
    case 'lambda': {
      const { functionArn } = action
      const invoke = targets.lambda ?? missing(rule, 'lambda', 'functions')
      return {
        failedAction: 'LambdaAction',
        failedResource: functionArn,
        retryAfterMs: lambdaRetriesMs,
        isHandedOver: true,
        run: (out) => invoke(functionArn, readEvent(out)),
      }
    }
    case 'sqs': {
      const { queueUrl, useBase64 = false } = action
      if (queueUrl.endsWith('.fifo'))
        throw new RuleError(rule, 'AWS sends to no FIFO queue; use a standard one')
      const send = targets.sqs ?? missing(rule, 'sqs', 'queues')
      return {
        failedAction: 'SqsAction',
        failedResource: queueUrl,
        retryAfterMs: retriesMs,
        isHandedOver: false,
        run: (out) => {
          const bytes = outgoing(out)
          return send(queueUrl, bytes.toString(useBase64 ? 'base64' : 'utf8'))
        },
      }
    }
    case 'sns': {
      const { targetArn, messageFormat = 'RAW' } = action
      if (targetArn.endsWith('.fifo'))
        throw new RuleError(rule, 'AWS publishes to no FIFO topic; use a standard one')
      const publish = targets.sns ?? missing(rule, 'sns', 'topics')
      return {
        failedAction: 'SnsAction',
        failedResource: targetArn,
        retryAfterMs: retriesMs,
        isHandedOver: false,
        run: (out) =>
          publish(targetArn, outgoing(out).toString(), messageFormat === 'JSON' ? 'json' : undefined),
      }
    }
    case 'republish': {
      const topicOf = readTemplate(action.topic.replace(/^\$\$/, '$'))
      const propertiesOf = readHeaders(action.headers)
      return {
        failedAction: 'RepublishAction',
        failedResource: action.topic,
        retryAfterMs: [],
        isHandedOver: false,
        run: (out, context) => {
          const topic = topicOf(context)
          const problem = publishedTopicProblem(topic, false)
          if (problem) throw new Error(`topic ${JSON.stringify(topic)}: ${problem.message}`)
          const published = { topic, payload: outgoing(out), qos: action.qos ?? 0, ...propertiesOf(context) }
          const unfit = messageProblem(published) ?? responseTopicProblem(published.properties)
          if (unfit) throw new Error(unfit.message)
          republish(published)
        },
      }
    }
  }
}

function responseTopicProblem({ responseTopic }: MessageProperties): Problem | undefined {
  const problem = responseTopic === undefined ? undefined : topicNameProblem(responseTopic)
  return problem && { message: `response topic ${JSON.stringify(responseTopic)}: ${problem.message}` }
}

function missing(rule: string, action: string, what: string): never {
  throw new RuleError(
    rule,
    `the action ${action} needs ${what}, and this broker was started without; give ruleTargets.${action}`,
  )
}

/** Lambda takes JSON alone. */
function readEvent(out: Value): unknown {
  if (out === undefined || Buffer.isBuffer(out))
    throw new EventError(
      "a payload that is no JSON cannot be a function's event; encode(*, 'base64') makes it one",
    )
  const bytes = Buffer.byteLength(JSON.stringify(out))
  if (bytes > eventBytesMax) throw new EventError(`an event of ${bytes} bytes; Lambda takes ${eventBytesMax}`)
  return out
}

/** Texts and bytes as they are, anything else as JSON. */
function outgoing(out: Value): Buffer {
  return Buffer.isBuffer(out) ? out : Buffer.from(toText(out) ?? '')
}

function readHeaders(
  headers: RepublishHeaders = {},
): (context: RuleContext) => Pick<NewMessage, 'expirySeconds'> & { readonly properties: MessageProperties } {
  const of = (text: string | undefined): ReturnType<typeof readTemplate> | undefined =>
    text === undefined ? undefined : readTemplate(text)
  const indicator = of(headers.payloadFormatIndicator)
  const contentType = of(headers.contentType)
  const responseTopic = of(headers.responseTopic)
  const correlationData = of(headers.correlationData)
  const expiry = of(headers.messageExpiry)
  const user = (headers.userProperties ?? []).map(
    ({ key, value }) => [readTemplate(key), readTemplate(value)] as const,
  )
  return (context) => {
    const properties: MessageProperties = {
      ...(indicator && { payloadFormatIndicator: indicator(context) === 'UTF8_DATA' }),
      ...(contentType && { contentType: contentType(context) }),
      ...(responseTopic && { responseTopic: responseTopic(context) }),
      ...(correlationData && { correlationData: Buffer.from(correlationData(context)) }),
      ...(user.length > 0 && {
        userProperties: Object.fromEntries(
          Array.from(
            Map.groupBy(user, ([key]) => key(context)),
            ([key, pairs]) => [key, pairs.map(([, value]) => value(context))],
          ),
        ),
      }),
    }
    if (!expiry) return { properties }
    const expirySeconds = Number(expiry(context))
    if (!Number.isFinite(expirySeconds))
      throw new Error(`messageExpiry is ${JSON.stringify(expiry(context))}; expected seconds`)
    return { properties, expirySeconds }
  }
}
