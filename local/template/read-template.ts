/**
 * Reads serverless.yml for the local stack.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { localAccount } from '../aws.ts'
import { TemplateError } from './errors.ts'
import { readEvents } from './events.ts'
import { resolveIntrinsics } from './intrinsics.ts'
import {
  awsQueueUrlOrigin,
  localArn,
  type LocalResource,
  localResource,
  nameProperty,
  onlyOnAws,
} from './resources.ts'
import { ruleName, ruleOf, topicRuleSchema, withoutRoles } from './rules.ts'
import {
  authorizerSchema,
  functionSchema,
  providerSchema,
  queueSchema,
  routeSettingsSchema,
  subscriptionSchema,
  tableSchema,
  topicSchema,
} from './schemas.ts'
import type { Template, TemplateCors, TemplateFunction, TemplateRule, TemplateTable } from './template.ts'
import { resolveVariables, VariableError } from './variables.ts'
import { type Path, readYaml } from './yaml-source.ts'

export interface TemplateOptions {
  /** What `${env:…}` reads. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** What `${opt:…}` reads, and the stage. Default: none, stage `dev`. */
  readonly opt?: Readonly<Record<string, string | undefined>>
  /** What `!GetAtt` answers for a custom resource, by logical ID: CloudFormation would ask a Lambda for it. */
  readonly attributes?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Scheme and host of queue URLs: where the local SQS answers. Default: AWS's own. */
  readonly queueUrlOrigin?: string
  /** Reads a file that `${file(…)}` names. Default: none can be read. */
  readonly file?: (path: string) => unknown
}

type Data = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads the file at `path`. Throws a TemplateError with the line of what cannot run here. */
export function readTemplateFile(path: string, options: TemplateOptions): Template {
  return readTemplate(readFileSync(path, 'utf8'), {
    file: (name) => readYaml(readFileSync(join(dirname(path), name), 'utf8')).data,
    ...options,
  })
}

/** Reads the text of a serverless.yml. Throws a TemplateError with the line of what cannot run here. */
export function readTemplate(text: string, options: TemplateOptions): Template {
  const source = readYaml(text)
  const fail = (problem: string, remedy: string, path: Path): never => {
    throw new TemplateError(problem, remedy, source.lineOf(path))
  }
  const stage = options.opt?.['stage'] ?? 'dev'
  const data = resolveVariables(
    source.data,
    {
      env: options.env,
      opt: options.opt ?? {},
      stage,
      region: localAccount.region,
      accountId: localAccount.accountId,
      file(path) {
        if (options.file) return options.file(path)
        throw new VariableError(`file(${path}) cannot be read here`, 'write its content into serverless.yml')
      },
    },
    (error, path) => new TemplateError(error.message, error.remedy, source.lineOf(path)),
  )
  if (!isRecord(data)) return fail('is no map', 'start it with service: and provider:', [])
  const service =
    typeof data['service'] === 'string' ? data['service'] : fail('has no service', 'name it', [])
  const stackName = `${service}-${stage}`

  /** The value as the schema reads it, or an error at the first place that does not fit. */
  function check<Schema extends v.GenericSchema>(
    schema: Schema,
    value: unknown,
    path: Path,
  ): v.InferOutput<Schema> {
    const result = v.safeParse(schema, value, { abortPipeEarly: true })
    if (result.success) return result.output
    // Of a union the alternative of the value's own type says most.
    const issue = result.issues[0].issues?.find((inner) => inner.path) ?? result.issues[0]
    const keys = issue.path?.map((step: { key: unknown }) => step.key as string | number) ?? []
    const place = [...path, ...keys]
    const known = issue.type === 'strict_object' && issue.expected === 'never'
    return fail(
      known
        ? `${place.join('.')} is not understood by the local stack`
        : `${place.join('.')}: ${issue.message}`,
      known
        ? 'take it out, or teach local/template/ what it means'
        : 'the CloudFormation and osls references list what may stand here',
      place,
    )
  }

  const provider = check(providerSchema, data['provider'], ['provider'])
  const functionsData = isRecord(data['functions']) ? data['functions'] : {}
  const resourcesData = readResources(data['resources'], fail)

  const scope = {
    stackName,
    fail,
    resources: nameResources(functionsData, resourcesData, stackName, options, fail),
  }
  const resolve = (value: unknown, path: Path): unknown => resolveIntrinsics(value, path, scope)

  const providerEnvironment = resolve(provider.environment, ['provider', 'environment']) as Data
  const functions: Record<string, TemplateFunction> = {}
  const functionKeys = new Map<string, string>()
  for (const [key, value] of Object.entries(functionsData)) {
    const path = ['functions', key]
    // Alarms, roles and tags may point anywhere; only what runs here is resolved.
    const running = isRecord(value)
      ? { ...value, environment: resolve(value['environment'] ?? {}, [...path, 'environment']) }
      : value
    const read = check(functionSchema, running, path)
    const dot = read.handler.lastIndexOf('.')
    const name = read.name ?? `${stackName}-${key}`
    functionKeys.set(localArn('lambda', `function:${name}`), key)
    functions[key] = {
      key,
      name,
      arn: localArn('lambda', `function:${name}`),
      module: read.handler.slice(0, dot),
      exportName: read.handler.slice(dot + 1),
      timeoutSeconds: read.timeout ?? provider.timeout,
      memoryMb: read.memorySize ?? provider.memorySize,
      reservedConcurrency: read.reservedConcurrency,
      environment: { ...(providerEnvironment as Record<string, string>), ...read.environment },
      iotStatements: read.permissions
        .filter(({ Action }) => [Action].flat().some((action) => /^(?:iot:|\*)/i.test(action)))
        .map((statement) => resolve(statement, [...path, 'permissions']) as Data),
      events: readEvents(
        resolve(read.events, [...path, 'events']) as Data[],
        [...path, 'events'],
        check,
        fail,
      ),
    }
  }

  const template = {
    service,
    stage,
    region: provider.region ?? localAccount.region,
    functions,
    cors: readCors(provider.httpApi.cors, functions),
    throttles: readThrottles(data['resources'], check),
    tables: [] as TemplateTable[],
    queues: [] as Template['queues'][number][],
    topics: [] as Template['topics'][number][],
    subscriptions: [] as Template['subscriptions'][number][],
    authorizers: [] as Template['authorizers'][number][],
    rules: eventRules(functions, stackName),
  } satisfies Template

  for (const { logicalId, type, properties, path } of resourcesData) {
    const known = scope.resources.get(logicalId)
    const given = <Schema extends v.GenericSchema>(schema: Schema): v.InferOutput<Schema> =>
      check(
        schema,
        resolve(type === 'AWS::IoT::TopicRule' ? withoutRoles(properties) : properties, path),
        path,
      )
    const attribute = (name: string): string => known?.attributes[name] ?? ''
    if (type === 'AWS::DynamoDB::Table') {
      const table = given(tableSchema)
      const key = (kind: 'HASH' | 'RANGE') => {
        const name = table.KeySchema.find(({ KeyType }) => KeyType === kind)?.AttributeName
        const found = table.AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)
        return found && { name: found.AttributeName, type: found.AttributeType }
      }
      template.tables.push({
        logicalId,
        name: known?.ref ?? '',
        arn: attribute('Arn'),
        streamArn: attribute('StreamArn'),
        partitionKey: key('HASH') ?? fail(`${logicalId} has no partition key`, 'give KeySchema a HASH', path),
        sortKey: key('RANGE'),
        streamViewType: table.StreamSpecification?.StreamViewType,
        timeToLiveAttribute: table.TimeToLiveSpecification?.Enabled
          ? table.TimeToLiveSpecification.AttributeName
          : undefined,
      })
    } else if (type === 'AWS::SQS::Queue') {
      const queue = given(queueSchema)
      template.queues.push({
        logicalId,
        name: attribute('QueueName'),
        arn: attribute('Arn'),
        url: attribute('QueueUrl'),
        visibilityTimeoutSeconds: queue.VisibilityTimeout,
        retentionSeconds: queue.MessageRetentionPeriod,
        delaySeconds: queue.DelaySeconds,
        redrive: queue.RedrivePolicy,
      })
    } else if (type === 'AWS::SNS::Topic') {
      given(topicSchema)
      template.topics.push({ logicalId, name: attribute('TopicName'), arn: attribute('TopicArn') })
    } else if (type === 'AWS::SNS::Subscription') {
      const subscription = given(subscriptionSchema)
      template.subscriptions.push({
        topicArn: subscription.TopicArn,
        protocol: subscription.Protocol,
        endpoint: subscription.Endpoint,
        rawMessageDelivery: subscription.RawMessageDelivery,
        filterPolicy: subscription.FilterPolicy,
        filterPolicyScope: subscription.FilterPolicyScope,
      })
    } else if (type === 'AWS::IoT::TopicRule') {
      template.rules.push(ruleOf(known?.ref ?? '', given(topicRuleSchema)))
    } else if (type === 'AWS::IoT::Authorizer') {
      const authorizer = given(authorizerSchema)
      template.authorizers.push({
        name: known?.ref ?? '',
        functionKey:
          functionKeys.get(authorizer.AuthorizerFunctionArn) ??
          fail(
            `${authorizer.AuthorizerFunctionArn} is no function of this file`,
            'use !GetAtt XLambdaFunction.Arn',
            path,
          ),
        tokenKeyName: authorizer.TokenKeyName,
        signingDisabled: authorizer.SigningDisabled,
        status: authorizer.Status,
        enableCachingForHttp: authorizer.EnableCachingForHttp,
        publicKeys: Object.fromEntries(
          Object.entries(authorizer.TokenSigningPublicKeys).filter(([, pem]) => pem !== ''),
        ),
      })
    }
  }
  return template
}

/** The rules that functions' events stand for. */
function eventRules(functions: Template['functions'], stackName: string): TemplateRule[] {
  return Object.values(functions).flatMap(({ key, arn, events }) =>
    events
      .filter((event) => event.type === 'iot')
      .map(({ name, sql, sqlVersion, enabled }, index) => ({
        name: ruleName(name ?? `${stackName}_${key}_${index + 1}`),
        sql,
        sqlVersion,
        enabled,
        actions: [{ type: 'lambda', functionArn: arn }],
        errorAction: undefined,
      })),
  )
}

/** What osls allows with `cors: true`. */
const defaultCorsHeaders = [
  'Content-Type',
  'X-Amz-Date',
  'Authorization',
  'X-Api-Key',
  'X-Amz-Security-Token',
  'X-Amz-User-Agent',
  'X-Amzn-Trace-Id',
]

function readCors(
  given: v.InferOutput<typeof providerSchema>['httpApi']['cors'],
  functions: Template['functions'],
): TemplateCors | undefined {
  if (given === false) return undefined
  const rule = given === true ? undefined : given
  const methods = Object.values(functions)
    .flatMap(({ events }) => events)
    .flatMap((event) => (event.type === 'httpApi' ? [event.method] : []))
  return {
    allowedOrigins: rule?.allowedOrigins ?? ['*'],
    allowedMethods: rule?.allowedMethods ?? [...new Set(['OPTIONS', ...methods])],
    allowedHeaders: rule?.allowedHeaders ?? defaultCorsHeaders,
    exposedHeaders: rule?.exposedResponseHeaders ?? [],
    allowCredentials: rule?.allowCredentials ?? false,
    maxAgeSeconds: rule?.maxAge,
  }
}

interface ResourceData {
  readonly logicalId: string
  readonly type: string
  readonly properties: Data
  /** Where its properties stand. */
  readonly path: Path
}

function readResources(
  data: unknown,
  fail: (problem: string, remedy: string, path: Path) => never,
): ResourceData[] {
  // A list of maps is what several files make: `resources: [${file(a.yml)}, ${file(b.yml)}]`.
  const parts = Array.isArray(data) ? (data as unknown[]) : [data]
  return parts.flatMap((part, index) => {
    const resources = isRecord(part) && isRecord(part['Resources']) ? part['Resources'] : {}
    return Object.entries(resources).flatMap(([logicalId, value]) => {
      const path: Path = ['resources', ...(Array.isArray(data) ? [index] : []), 'Resources', logicalId]
      if (!isRecord(value) || typeof value['Type'] !== 'string') {
        return fail(`resource ${logicalId} has no Type`, 'give it one, as AWS::SQS::Queue', path)
      }
      if (onlyOnAws.some((type) => String(value['Type']).startsWith(type))) return []
      const properties = isRecord(value['Properties']) ? value['Properties'] : {}
      return [{ logicalId, type: value['Type'], properties, path: [...path, 'Properties'] }]
    })
  })
}

/** Names come before values: a property may point at any resource, also at one further down. */
function nameResources(
  functionsData: Data,
  resourcesData: readonly ResourceData[],
  stackName: string,
  { attributes = {}, queueUrlOrigin = awsQueueUrlOrigin }: TemplateOptions,
  fail: (problem: string, remedy: string, path: Path) => never,
): ReadonlyMap<string, LocalResource> {
  const resources = new Map<string, LocalResource>()
  for (const [key, value] of Object.entries(functionsData)) {
    const given = isRecord(value) ? value['name'] : undefined
    const resource = localResource(
      'AWS::Lambda::Function',
      typeof given === 'string' ? given : `${stackName}-${key}`,
      queueUrlOrigin,
    )
    // The logical ID that osls makes: the key with a capital, and `-` and `_` in words.
    const logical = `${key.charAt(0).toUpperCase()}${key.slice(1)}`
      .replaceAll('-', 'Dash')
      .replaceAll('_', 'Underscore')
    if (resource) resources.set(`${logical}LambdaFunction`, resource)
  }
  for (const { logicalId, type, properties, path } of resourcesData) {
    if (type.startsWith('Custom::') || type === 'AWS::SNS::Subscription') {
      resources.set(logicalId, { ref: logicalId, attributes: attributes[logicalId] ?? {} })
      continue
    }
    const given = properties[nameProperty[type] ?? '']
    if (given !== undefined && typeof given !== 'string') {
      fail(
        `the name of ${logicalId} is not a text`,
        'names are made of variables (${…}), not of functions',
        path,
      )
    }
    const resource =
      localResource(type, typeof given === 'string' ? given : `${stackName}-${logicalId}`, queueUrlOrigin) ??
      fail(
        `the local stack runs no ${type}`,
        'list the type in local/template/resources.ts if it matters to AWS only',
        path.slice(0, -1),
      )
    resources.set(logicalId, resource)
  }
  return resources
}

/** Throttling of single routes, which osls takes as an extension of the API's stage. */
function readThrottles(
  resources: unknown,
  check: <Schema extends v.GenericSchema>(
    schema: Schema,
    value: unknown,
    path: Path,
  ) => v.InferOutput<Schema>,
): Template['throttles'] {
  let settings = resources
  const path = ['extensions', 'HttpApiStage', 'Properties', 'RouteSettings']
  for (const key of path) settings = isRecord(settings) ? settings[key] : undefined
  if (settings === undefined) return {}
  const routes = check(routeSettingsSchema, settings, ['resources', ...path])
  return Object.fromEntries(
    Object.entries(routes).map(([route, { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst }]) => [
      route,
      { rate, burst },
    ]),
  )
}
