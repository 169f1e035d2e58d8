/**
 * The alarms, made from the finished template, so that no queue or function is without one. All of them ring the SNS
 * topic `AlarmsTopic`.
 *
 * @module
 */
import { logicalIdOf, type Resource, type Resources, type Value } from './cloudformation.ts'

/** When an alarm rings. */
export const alarmDefaults = {
  /** A consumed queue's oldest message has waited this long: the consumer is down or too slow. */
  queueAgeSeconds: 300,
  /** Records have waited this long in a stream: pages are late, or receipts are. */
  iteratorAgeMs: 60_000,
} as const

export interface AlarmOptions {
  /** Begins the topic's name: `fanfare-dev`. */
  readonly prefix: string
  /** Where alarms are mailed. Empty: nowhere; subscribe to the topic by hand. */
  readonly email: string
  /** Functions whose throttles alone are an alarm: someone was turned away. */
  readonly neverThrottled: readonly string[]
}

interface Metric {
  readonly description: string
  readonly namespace: string
  readonly metric: string
  readonly dimensions: Readonly<Record<string, Value>>
  readonly statistic: 'Maximum' | 'Sum'
  /** Rings from this value on. */
  readonly threshold: number
  /** Minutes in a row, each of which is over the threshold. */
  readonly minutes: number
}

/** The alarms that a finished template needs, and their topic. */
export function alarmResources(template: Resources, options: AlarmOptions): Resources {
  const alarms = [
    ...queueAlarms(template),
    ...functionAlarms(template, options.neverThrottled),
    ...streamAlarms(template),
    ...apiAlarms(template),
    ...topicAlarms(template),
  ]
  return {
    // Not encrypted: CloudWatch may not publish with the key alias/aws/sns, and an alarm names no donor.
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    AlarmsTopic: {
      Type: 'AWS::SNS::Topic',
      Properties: { TopicName: `${options.prefix}-alarms` },
    },
    ...(options.email === ''
      ? {}
      : {
          AlarmsMail: {
            Type: 'AWS::SNS::Subscription',
            Properties: { TopicArn: { Ref: 'AlarmsTopic' }, Protocol: 'email', Endpoint: options.email },
          },
        }),
    ...Object.fromEntries(alarms.map(([id, metric]) => [`${id}Alarm`, alarm(metric)])),
  }
}

/** Logical ids of queues where a message is bad news: dead-letter queues and on-failure destinations. */
export function failureQueues(template: Resources): readonly string[] {
  const found = new Set<string>()
  for (const { Type, Properties } of Object.values(template)) {
    if (Type === 'AWS::SQS::Queue' || Type === 'AWS::SNS::Subscription') {
      const redrive = Properties?.['RedrivePolicy'] as Readonly<Record<string, Value>> | undefined
      add(redrive?.['deadLetterTargetArn'])
    }
    if (Type === 'AWS::Lambda::EventSourceMapping') add(onFailureOf(Properties))
  }
  return [...found]

  function add(arn: Value | undefined): void {
    const id = logicalIdOf(arn)
    if (id !== undefined) found.add(id)
  }
}

function onFailureOf(mapping: Resource['Properties']): Value | undefined {
  const destinations = mapping?.['DestinationConfig'] as
    | { readonly OnFailure?: { readonly Destination?: Value } }
    | undefined
  return destinations?.OnFailure?.Destination
}

function queueAlarms(template: Resources): readonly (readonly [string, Metric])[] {
  const queue = (id: string) => ({ QueueName: { 'Fn::GetAtt': [id, 'QueueName'] } })
  const failures = failureQueues(template).map(
    (id) =>
      [
        id,
        {
          description: `${id} holds what could not be handled`,
          namespace: 'AWS/SQS',
          metric: 'ApproximateNumberOfMessagesVisible',
          dimensions: queue(id),
          statistic: 'Maximum',
          threshold: 1,
          minutes: 1,
        },
      ] as const,
  )
  const consumed = mappings(template)
    .map(({ source }) => source)
    .filter((id) => template[id]?.Type === 'AWS::SQS::Queue')
    .map(
      (id) =>
        [
          `${id}Age`,
          {
            description: `${id} is not consumed fast enough, or not at all`,
            namespace: 'AWS/SQS',
            metric: 'ApproximateAgeOfOldestMessage',
            dimensions: queue(id),
            statistic: 'Maximum',
            threshold: alarmDefaults.queueAgeSeconds,
            minutes: 1,
          },
        ] as const,
    )
  return [...failures, ...consumed]
}

function functionAlarms(
  template: Resources,
  neverThrottled: readonly string[],
): readonly (readonly [string, Metric])[] {
  const functions = Object.entries(template).filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
  const metric = (id: string, name: 'Errors' | 'Throttles', description: string): Metric => ({
    description,
    namespace: 'AWS/Lambda',
    metric: name,
    dimensions: { FunctionName: { Ref: id } },
    statistic: 'Sum',
    threshold: 1,
    minutes: 1,
  })
  return functions.flatMap(([id]) => {
    const name = id.replace(/LambdaFunction$/, '')
    const errors = [`${id}Errors`, metric(id, 'Errors', `${name} failed or timed out`)] as const
    if (!neverThrottled.includes(id)) return [errors]
    return [errors, [`${id}Throttles`, metric(id, 'Throttles', `${name} turned callers away`)] as const]
  })
}

function streamAlarms(template: Resources): readonly (readonly [string, Metric])[] {
  return mappings(template)
    .filter(({ source }) => template[source]?.Type === 'AWS::DynamoDB::Table')
    .map(({ consumer }) => [
      `${consumer}IteratorAge`,
      {
        description: `${consumer} is behind its table's stream`,
        namespace: 'AWS/Lambda',
        metric: 'IteratorAge',
        dimensions: { FunctionName: { Ref: consumer } },
        statistic: 'Maximum',
        threshold: alarmDefaults.iteratorAgeMs,
        minutes: 2,
      },
    ])
}

/** A 503 of accept is no error of its Lambda, and a time-out shows here too. */
function apiAlarms(template: Resources): readonly (readonly [string, Metric])[] {
  return Object.entries(template)
    .filter(([, { Type }]) => Type === 'AWS::ApiGatewayV2::Api')
    .map(([id]) => [
      `${id}ServerErrors`,
      {
        description: 'the HTTP API answered 5xx: perhaps a donation was refused',
        namespace: 'AWS/ApiGateway',
        metric: '5xx',
        dimensions: { ApiId: { Ref: id } },
        statistic: 'Sum',
        threshold: 1,
        minutes: 1,
      },
    ])
}

function topicAlarms(template: Resources): readonly (readonly [string, Metric])[] {
  return Object.entries(template)
    .filter(([, { Type }]) => Type === 'AWS::SNS::Topic')
    .map(([id]) => [
      `${id}Undelivered`,
      {
        description: `${id} could not deliver to its queue`,
        namespace: 'AWS/SNS',
        metric: 'NumberOfNotificationsFailed',
        dimensions: { TopicName: { 'Fn::GetAtt': [id, 'TopicName'] } },
        statistic: 'Sum',
        threshold: 1,
        minutes: 1,
      },
    ])
}

function mappings(template: Resources): readonly { readonly source: string; readonly consumer: string }[] {
  return Object.values(template).flatMap(({ Type, Properties }) => {
    if (Type !== 'AWS::Lambda::EventSourceMapping') return []
    const source = logicalIdOf(Properties?.['EventSourceArn'])
    const consumer = logicalIdOf(Properties?.['FunctionName'])
    return source === undefined || consumer === undefined ? [] : [{ source, consumer }]
  })
}

function alarm(options: Metric): Resource {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: options.description,
      Namespace: options.namespace,
      MetricName: options.metric,
      Dimensions: Object.entries(options.dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: options.statistic,
      Period: 60,
      EvaluationPeriods: options.minutes,
      Threshold: options.threshold,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: [{ Ref: 'AlarmsTopic' }],
      OKActions: [{ Ref: 'AlarmsTopic' }],
    },
  }
}
