/**
 * What the local stack reads of a function, an event or a resource. A key that it would have to honour and does not
 * know is an error; one that only matters to AWS is listed as ignored.
 *
 * @module
 */
import * as v from 'valibot'

const ignored = v.optional(v.unknown())
/** Properties that a resource or function may have and that change nothing on one machine. */
const ignore = <const Names extends readonly string[]>(...names: Names) =>
  Object.fromEntries(names.map((name) => [name, ignored])) as { [Name in Names[number]]: typeof ignored }

const text = v.pipe(v.string(), v.nonEmpty())
const arn = v.pipe(v.string(), v.startsWith('arn:'))
const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
/** AWS takes numbers and flags written as text, and `${env:…}` answers with text. */
const wholeOrText = (least: number, most: number) =>
  v.pipe(v.union([v.number(), v.pipe(v.string(), v.transform(Number))]), whole(least, most))
const flag = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(['true', 'false']),
    v.transform((word) => word === 'true'),
  ),
])
const environment = v.record(
  v.string(),
  v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String)),
)
const batchFailures = v.optional(v.literal('ReportBatchItemFailures'))

/** Lambda's bounds. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const timeoutSeconds = whole(1, 900)
const memoryMb = whole(128, 10_240)

const words = v.union([
  v.pipe(
    text,
    v.transform((word) => word.split(',').map((each) => each.trim())),
  ),
  v.array(text),
])

const corsSchema = v.union([
  flag,
  v.strictObject({
    allowedOrigins: v.optional(words, ['*']),
    allowedMethods: v.optional(words),
    allowedHeaders: v.optional(words),
    exposedResponseHeaders: v.optional(words, []),
    allowCredentials: v.optional(flag, false),
    maxAge: v.optional(whole(-1, 86_400)),
  }),
])

export const providerSchema = v.looseObject({
  name: v.literal('aws'),
  region: v.optional(text),
  timeout: v.optional(timeoutSeconds, 6),
  memorySize: v.optional(memoryMb, 1024),
  environment: v.optional(environment, {}),
  httpApi: v.optional(v.looseObject({ cors: v.optional(corsSchema, false) }), {}),
})

export const functionSchema = v.strictObject({
  handler: v.pipe(v.string(), v.regex(/^[\w./-]+\.\w+$/, 'expected path/to/module.export')),
  name: v.optional(text),
  timeout: v.optional(timeoutSeconds),
  memorySize: v.optional(memoryMb),
  reservedConcurrency: v.optional(whole(0, 1_000_000)),
  environment: v.optional(environment, {}),
  events: v.optional(v.array(v.record(v.string(), v.unknown())), []),
  ...ignore('architecture', 'description', 'disableLogs', 'ephemeralStorageSize', 'esbuild', 'kmsKeyArn'),
  ...ignore('iamRoleStatements', 'iamRoleStatementsName', 'iamRoleStatementsInherit', 'role', 'tags', 'vpc'),
  ...ignore('logRetentionInDays', 'package', 'provisionedConcurrency', 'runtime', 'tracing', 'dependsOn'),
  permissions: v.optional(
    v.array(
      v.strictObject({
        Effect: v.optional(v.picklist(['Allow', 'Deny']), 'Allow'),
        Action: v.union([text, v.array(text)]),
        Resource: v.unknown(),
        Condition: v.optional(v.unknown()),
      }),
    ),
    [],
  ),
  ...ignore('versionFunction', 'condition', 'snapStart', 'iam', 'logs'),
})

export const httpApiSchema = v.union([
  v.pipe(
    v.string(),
    v.regex(/^(\*|\$default|[A-Z*]+ \/\S*)$/i, 'expected METHOD /path'),
    v.transform((route) => {
      if (route === '*' || route === '$default') return { method: '*', path: '$default' }
      const [method = '', path = ''] = route.split(' ')
      return { method: method.toUpperCase(), path }
    }),
  ),
  v.pipe(
    v.strictObject({ method: text, path: v.pipe(v.string(), v.startsWith('/')) }),
    v.transform(({ method, path }) => ({ method: method.toUpperCase(), path })),
  ),
])

export const sqsSchema = v.strictObject({
  arn,
  batchSize: v.optional(whole(1, 10_000), 10),
  maximumBatchingWindow: v.optional(whole(0, 300), 0),
  maximumConcurrency: v.optional(whole(2, 1_000)),
  functionResponseType: batchFailures,
  enabled: v.optional(flag, true),
})

export const streamSchema = v.strictObject({
  type: v.literal('dynamodb', 'expected dynamodb: the local stack has no Kinesis'),
  arn,
  startingPosition: v.optional(v.picklist(['TRIM_HORIZON', 'LATEST']), 'TRIM_HORIZON'),
  batchSize: v.optional(whole(1, 10_000), 100),
  batchWindow: v.optional(whole(0, 300), 0),
  parallelizationFactor: v.optional(whole(1, 10), 1),
  maximumRetryAttempts: v.optional(whole(-1, 10_000), -1),
  maximumRecordAgeInSeconds: v.optional(whole(-1, 604_800), -1),
  bisectBatchOnFunctionError: v.optional(flag, false),
  functionResponseType: batchFailures,
  filterPatterns: v.optional(v.array(v.record(v.string(), v.unknown())), []),
  destinations: v.optional(
    v.strictObject({
      onFailure: v.union([
        arn,
        v.pipe(
          v.strictObject({ type: v.optional(v.picklist(['sqs', 'sns'])), arn }),
          v.transform((target) => target.arn),
        ),
      ]),
    }),
  ),
  enabled: v.optional(flag, true),
})

const scheduleExpression = v.pipe(v.string(), v.regex(/^(rate|cron)\(.+\)$/, 'expected rate(…) or cron(…)'))

export const scheduleSchema = v.union([
  v.pipe(
    scheduleExpression,
    v.transform((rate) => ({ rate: [rate], input: undefined, enabled: true })),
  ),
  v.strictObject({
    rate: v.union([
      v.pipe(
        scheduleExpression,
        v.transform((rate) => [rate]),
      ),
      v.array(scheduleExpression),
    ]),
    input: v.optional(v.unknown()),
    enabled: v.optional(flag, true),
    ...ignore('name', 'description', 'method', 'timezone'),
  }),
])

export const tableSchema = v.strictObject({
  TableName: v.optional(text),
  AttributeDefinitions: v.array(
    v.strictObject({ AttributeName: text, AttributeType: v.picklist(['S', 'N', 'B']) }),
  ),
  KeySchema: v.array(v.strictObject({ AttributeName: text, KeyType: v.picklist(['HASH', 'RANGE']) })),
  StreamSpecification: v.optional(
    v.strictObject({
      StreamViewType: v.picklist(['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY']),
      ...ignore('ResourcePolicy'),
    }),
  ),
  TimeToLiveSpecification: v.optional(v.strictObject({ AttributeName: text, Enabled: flag })),
  ...ignore('BillingMode', 'ContributorInsightsSpecification', 'DeletionProtectionEnabled'),
  ...ignore('OnDemandThroughput', 'PointInTimeRecoverySpecification', 'ProvisionedThroughput'),
  ...ignore('ResourcePolicy', 'SSESpecification', 'TableClass', 'Tags', 'WarmThroughput'),
})

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
export const queueSchema = v.strictObject({
  QueueName: v.optional(text),
  VisibilityTimeout: v.optional(wholeOrText(0, 43_200), 30),
  MessageRetentionPeriod: v.optional(wholeOrText(60, 1_209_600), 345_600),
  DelaySeconds: v.optional(wholeOrText(0, 900), 0),
  RedrivePolicy: v.optional(
    v.strictObject({ deadLetterTargetArn: arn, maxReceiveCount: wholeOrText(1, 1_000) }),
  ),
  ...ignore('KmsDataKeyReusePeriodSeconds', 'KmsMasterKeyId', 'SqsManagedSseEnabled', 'Tags'),
  ...ignore('MaximumMessageSize', 'ReceiveMessageWaitTimeSeconds', 'RedriveAllowPolicy'),
})

export const topicSchema = v.strictObject({
  TopicName: v.optional(text),
  ...ignore('DisplayName', 'KmsMasterKeyId', 'SignatureVersion', 'Tags', 'TracingConfig'),
  ...ignore('DataProtectionPolicy', 'DeliveryStatusLogging'),
})

export const subscriptionSchema = v.strictObject({
  TopicArn: arn,
  Protocol: v.literal('sqs', 'expected sqs: the local stack delivers to queues only'),
  Endpoint: arn,
  RawMessageDelivery: v.optional(flag, false),
  FilterPolicy: v.optional(v.record(v.string(), v.unknown())),
  FilterPolicyScope: v.optional(v.picklist(['MessageAttributes', 'MessageBody']), 'MessageAttributes'),
  ...ignore('RedrivePolicy', 'Region', 'DeliveryPolicy'),
})

export const authorizerSchema = v.strictObject({
  AuthorizerName: v.optional(text),
  AuthorizerFunctionArn: arn,
  Status: v.optional(v.picklist(['ACTIVE', 'INACTIVE']), 'ACTIVE'),
  SigningDisabled: v.optional(flag, false),
  TokenKeyName: v.optional(text),
  TokenSigningPublicKeys: v.optional(v.record(v.string(), v.string()), {}),
  EnableCachingForHttp: v.optional(flag, false),
  ...ignore('Tags'),
})

/** RouteSettings of an HTTP API's stage. AWS::ApiGatewayV2::Stage */
export const routeSettingsSchema = v.record(
  v.string(),
  v.object({ ThrottlingRateLimit: v.number(), ThrottlingBurstLimit: v.number() }),
)
