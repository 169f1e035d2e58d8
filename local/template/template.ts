/**
 * What the local stack needs of serverless.yml: every name and ARN resolved, nothing that only matters to AWS.
 *
 * @module
 */

export interface Template {
  readonly service: string
  readonly stage: string
  /** Where it is deployed; on one machine its quotas alone hold, and names are those of `localAccount.region`. */
  readonly region: string
  /** By key in serverless.yml. */
  readonly functions: Readonly<Record<string, TemplateFunction>>
  readonly tables: readonly TemplateTable[]
  readonly queues: readonly TemplateQueue[]
  readonly topics: readonly TemplateTopic[]
  readonly subscriptions: readonly TemplateSubscription[]
  readonly authorizers: readonly TemplateAuthorizer[]
  /** Of IoT Core, those of functions' events among them. */
  readonly rules: readonly TemplateRule[]
  /** Which origins may call the HTTP API; undefined when only its own may. */
  readonly cors: TemplateCors | undefined
  /** Requests a second and at once, by route key: `POST /session`. From the stage's RouteSettings. */
  readonly throttles: Readonly<Record<string, { readonly rate: number; readonly burst: number }>>
}

export interface TemplateCors {
  /** `*` for every origin. */
  readonly allowedOrigins: readonly string[]
  /** Default: the methods of the routes. */
  readonly allowedMethods: readonly string[]
  readonly allowedHeaders: readonly string[]
  readonly exposedHeaders: readonly string[]
  readonly allowCredentials: boolean
  readonly maxAgeSeconds: number | undefined
}

export interface TemplateFunction {
  /** Key in serverless.yml: `donationsAccept`. */
  readonly key: string
  /** As AWS names it: `fanfare-dev-donationsAccept`. */
  readonly name: string
  readonly arn: string
  /** Module without its ending, relative to serverless.yml: `functions/donations/accept.handler`. */
  readonly module: string
  /** The name it exports the handler by. */
  readonly exportName: string
  readonly timeoutSeconds: number
  readonly memoryMb: number
  /** Invocations at once that AWS keeps for it, and allows it. */
  readonly reservedConcurrency: number | undefined
  readonly environment: Readonly<Record<string, string>>
  /** Those of its `permissions` that name an action of IoT Core, as statements of IAM. */
  readonly iotStatements: readonly Readonly<Record<string, unknown>>[]
  readonly events: readonly TemplateEvent[]
}

export type TemplateEvent = HttpApiEvent | SqsEvent | StreamEvent | ScheduleEvent | IotEvent

/** A rule of IoT Core that invokes the function. */
export interface IotEvent {
  readonly type: 'iot'
  /** The rule's name; undefined for one that CloudFormation would make up. */
  readonly name: string | undefined
  readonly sql: string
  readonly sqlVersion: string | undefined
  readonly enabled: boolean
}

export interface HttpApiEvent {
  readonly type: 'httpApi'
  /** `GET`, or `*` for every method. */
  readonly method: string
  /** `/campaigns/{campaignId}`; `/{proxy+}` takes the rest; `$default` takes everything. */
  readonly path: string
}

export interface SqsEvent {
  readonly type: 'sqs'
  readonly queueArn: string
  /** Default: 10. */
  readonly batchSize: number
  /** Seconds to wait for a full batch. Default: 0. */
  readonly batchWindowSeconds: number
  /** Invocations at once for this queue; AWS allows 2 to 1,000. */
  readonly maximumConcurrency: number | undefined
  readonly reportBatchItemFailures: boolean
}

export interface StreamEvent {
  readonly type: 'stream'
  readonly streamArn: string
  /** The table whose stream it is. */
  readonly tableName: string
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST'
  /** Default: 100. */
  readonly batchSize: number
  /** Seconds to wait for a full batch. Default: 0. */
  readonly batchWindowSeconds: number
  /** Batches of one shard at once, by partition key. Default: 1. */
  readonly parallelizationFactor: number
  /** -1 (the default) retries until the record expires. */
  readonly maximumRetryAttempts: number
  /** -1 (the default) keeps a record as long as the stream does. */
  readonly maximumRecordAgeSeconds: number
  readonly bisectBatchOnFunctionError: boolean
  readonly reportBatchItemFailures: boolean
  /** Lambda's filter patterns; a record passes that fits one of them. None lets every record pass. */
  readonly filterPatterns: readonly Readonly<Record<string, unknown>>[]
  /** Queue or topic that is told of a batch that was given up. */
  readonly onFailureArn: string | undefined
}

export interface ScheduleEvent {
  readonly type: 'schedule'
  /** `rate(1 minute)` or `cron(…)`. */
  readonly expression: string
  /** The event that the function gets; undefined for EventBridge's own. */
  readonly input: unknown
}

export interface TemplateTable {
  readonly logicalId: string
  readonly name: string
  readonly arn: string
  readonly streamArn: string
  readonly partitionKey: TableKey
  readonly sortKey: TableKey | undefined
  readonly streamViewType: 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES' | 'KEYS_ONLY' | undefined
  readonly timeToLiveAttribute: string | undefined
}

export interface TableKey {
  readonly name: string
  readonly type: 'S' | 'N' | 'B'
}

export interface TemplateQueue {
  readonly logicalId: string
  readonly name: string
  readonly arn: string
  readonly url: string
  /** Default: 30. */
  readonly visibilityTimeoutSeconds: number
  /** Default: four days. */
  readonly retentionSeconds: number
  /** Default: 0. */
  readonly delaySeconds: number
  readonly redrive: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number } | undefined
}

export interface TemplateTopic {
  readonly logicalId: string
  readonly name: string
  readonly arn: string
}

export interface TemplateSubscription {
  readonly topicArn: string
  readonly protocol: 'sqs'
  /** The queue's ARN. */
  readonly endpoint: string
  readonly rawMessageDelivery: boolean
  readonly filterPolicy: Readonly<Record<string, unknown>> | undefined
  readonly filterPolicyScope: 'MessageAttributes' | 'MessageBody'
}

export interface TemplateAuthorizer {
  readonly name: string
  /** Key in serverless.yml of the function it invokes. */
  readonly functionKey: string
  readonly tokenKeyName: string | undefined
  readonly signingDisabled: boolean
  readonly status: 'ACTIVE' | 'INACTIVE'
  readonly enableCachingForHttp: boolean
  /** PEM by name; the empty ones (no key yet) left out. */
  readonly publicKeys: Readonly<Record<string, string>>
}

/** A rule of IoT Core: what it makes of which messages, and what is done with it. docs/aws-iot-core.md §9. */
export interface TemplateRule {
  readonly name: string
  readonly sql: string
  readonly sqlVersion: string | undefined
  readonly enabled: boolean
  readonly actions: readonly TemplateRuleAction[]
  readonly errorAction: TemplateRuleAction | undefined
}

export type TemplateRuleAction =
  | { readonly type: 'lambda'; readonly functionArn: string }
  | { readonly type: 'sqs'; readonly queueUrl: string; readonly useBase64: boolean }
  | { readonly type: 'sns'; readonly targetArn: string; readonly messageFormat: 'RAW' | 'JSON' }
  | {
      readonly type: 'republish'
      readonly topic: string
      readonly qos: 0 | 1
      readonly headers: {
        readonly payloadFormatIndicator?: string
        readonly contentType?: string
        readonly responseTopic?: string
        readonly correlationData?: string
        readonly messageExpiry?: string
        readonly userProperties: readonly { readonly key: string; readonly value: string }[]
      }
    }
