import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { failureQueues } from '../scripts/deploy/alarms.ts'
import {
  logicalIdOf,
  type Resource,
  type Resources,
  type Statement,
  type Value,
} from '../scripts/deploy/cloudformation.ts'
import { isRecorded } from '../topics/contract/index.ts'
import { repliesTopic } from '../topics/contract/signal-message.ts'
import { contracts } from '../topics/registry.ts'
import { actionsUsed } from './deploy/aws-actions.ts'
import {
  compiledResources,
  copyProject,
  handlerOf,
  mapOf,
  referencesIn,
  resourcesOf,
  serverless,
  statementsOf,
  textOf,
} from './deploy/package.ts'
import { unzip } from './deploy/unzip.ts'

const run = promisify(execFile)

/** Largest zip, bytes. A cold start reads it whole; one SDK client and Powertools need about 400 KB with source maps. */
const zipBytesMax = 600 * 1024

/** Actions for which AWS knows no resource: nothing but these may have `*`. */
const actionsWithoutResource = ['iot:DescribeEndpoint', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments']

/** What every function does besides its work: its log and its traces. */
const ownActions = [
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
]

let folder: string
let resources: Resources
beforeAll(async () => {
  folder = copyProject()
  await serverless(folder, 'package')
  resources = compiledResources(folder)
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The names of serverless.yml's functions as they are deployed, in order. */
function functionNames(): readonly string[] {
  const { functions: declared } = parse(readFileSync(join(folder, 'serverless.yml'), 'utf8'), {
    logLevel: 'silent',
  }) as { readonly functions: object }
  return Object.keys(declared)
    .map((key) => `fanfare-dev-${key}`)
    .sort()
}

const functions = () => resourcesOf(resources, 'AWS::Lambda::Function')
const lambda = (id: string): Resource | undefined => resources[id]
const roleOf = (id: string) => resources[logicalIdOf(lambda(id)?.Properties?.['Role']) ?? '']
const list = (value: string | readonly string[]) => (typeof value === 'string' ? [value] : value)
const allActions = (statements: readonly Statement[]) => statements.flatMap(({ Action }) => list(Action))
const mappings = () => resourcesOf(resources, 'AWS::Lambda::EventSourceMapping')

describe('every zip', () => {
  test('loads in a bare Node 24 and has a handler', async () => {
    const zips = mkdtempSync(join(tmpdir(), 'fanfare-zips-'))
    try {
      const all = functions()
      expect(all.map(([, fn]) => textOf(fn, 'FunctionName')).sort()).toEqual(functionNames())
      await Promise.all(all.map(([id, fn]) => importHandler(id, fn, zips)))
    } finally {
      rmSync(zips, { recursive: true, force: true })
    }
  }, 60_000)

  async function importHandler(id: string, fn: Resource, zips: string) {
    const key = id.slice(0, 1).toLowerCase() + id.slice(1, -'LambdaFunction'.length)
    const zip = join(folder, '.serverless', `${key}.zip`)
    expect(statSync(zip).size).toBeLessThan(zipBytesMax)
    const task = join(zips, key)
    const names = unzip(zip, task)
    const [module, name] = handlerOf(fn)
    expect(names).toContain(`${module}.mjs`)
    // A file of its own: `node --eval` has a `require` that would hide a bundle's fault.
    const importer = join(task, 'import.mjs')
    writeFileSync(
      importer,
      `const handler = (await import('./${module}.mjs'))['${name}']\nprocess.stdout.write('${key} ' + typeof handler)\nprocess.exit()\n`,
    )
    const { stdout } = await run(process.execPath, [importer], {
      cwd: task,
      env: lambdaEnvironment(fn),
    })
    expect(stdout).toBe(`${key} function`)
  }

  /** What Lambda would set, with a text in place of every reference. */
  function lambdaEnvironment(fn: Resource): Record<string, string> {
    const variables = mapOf(fn, 'Environment')['Variables'] as Readonly<Record<string, Value>>
    const given = Object.entries(variables).map(([name, value]) => {
      if (typeof value === 'string') return [name, value]
      return [name, /URL|ENDPOINT/.test(name) ? 'https://example.org' : 'referred']
    })
    return {
      ...(Object.fromEntries(given) as Record<string, string>),
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: textOf(fn, 'FunctionName'),
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      LAMBDA_TASK_ROOT: '/var/task',
    }
  }
})

describe('the template', () => {
  test('refers to nothing that is not in it, and in no circle', () => {
    const dependencies = new Map(
      Object.entries(resources).map(([id, resource]) => [
        id,
        new Set(referencesIn(resource).filter((name) => !name.startsWith('AWS::'))),
      ]),
    )
    const missing = [...dependencies.values()].flatMap((names) =>
      [...names].filter((name) => !dependencies.has(name)),
    )
    expect(missing).toEqual([])
    // Take away, again and again, what depends on nothing that is left; a circle stays.
    for (let before = -1; before !== dependencies.size;) {
      before = dependencies.size
      for (const [id, names] of dependencies) {
        if ([...names].every((name) => !dependencies.has(name))) dependencies.delete(id)
      }
    }
    expect([...dependencies.keys()]).toEqual([])
  })
})

describe('functions', () => {
  test('run on Node 24, on arm64, traced, with a log that is not kept for ever', () => {
    for (const [id, { Properties }] of functions()) {
      expect({ id, ...Properties }).toMatchObject({
        id,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
      })
      expect(resources[id.replace('LambdaFunction', 'LogGroup')]?.Properties).toMatchObject({
        RetentionInDays: 30,
      })
    }
  })

  test('accept has capacity of its own, and only what a flood of visitors asks for is throttled', () => {
    const accept = lambda('DonationsAcceptLambdaFunction')
    expect(accept?.Properties?.['ReservedConcurrentExecutions']).toBeGreaterThan(0)
    expect(resources['HttpApiStage']?.Properties?.['RouteSettings']).toEqual({
      'POST /session': { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
      'POST /contact': { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    })
    // CloudFormation refuses settings of a route that is not there yet.
    expect(resources['HttpApiStage']?.DependsOn).toEqual(
      expect.arrayContaining(['HttpApiRoutePostSession', 'HttpApiRoutePostContact']),
    )
  })

  test('a page on another host may send what the API asks for', () => {
    expect(mapOf(resources['HttpApi'], 'CorsConfiguration')).toMatchObject({
      AllowMethods: expect.arrayContaining(['GET', 'POST']),
      AllowHeaders: expect.arrayContaining(['Content-Type', 'Authorization', 'Idempotency-Key']),
    })
  })
})

/** Functions that read an SSM parameter of type SecureString. */
const readsSecret = new Set(
  ['LiveSession', 'DeskWebhook', 'ContactCrm'].map((name) => `${name}LambdaFunction`),
)

describe('roles', () => {
  test('every function has one of its own, and the only others are of rules of IoT Core', () => {
    const roles = functions().map(([id]) => logicalIdOf(lambda(id)?.Properties?.['Role']))
    const ofRules = resourcesOf(resources, 'AWS::IAM::Role').filter(([, role]) =>
      JSON.stringify(mapOf(role, 'AssumeRolePolicyDocument')).includes('"iot.amazonaws.com"'),
    )
    const all = resourcesOf(resources, 'AWS::IAM::Role').map(([id]) => id)
    expect(new Set(all)).toEqual(new Set([...roles, ...ofRules.map(([id]) => id)]))
    expect(new Set(roles).size).toBe(functions().length)
    for (const [id, role] of ofRules) {
      expect([id, ...allActions(statementsOf(role))]).toEqual([id, 'sqs:SendMessage'])
      // Without it any account's rules could act in it.
      expect(JSON.stringify(mapOf(role, 'AssumeRolePolicyDocument'))).toContain('aws:SourceAccount')
    }
  })

  test('`*` stands only where AWS knows no resource, and no action has a wildcard', () => {
    const statements = resourcesOf(resources, 'AWS::IAM::Role').flatMap(([, role]) => statementsOf(role))
    const anywhere = statements.filter(({ Resource }) => JSON.stringify(Resource).includes('"*"'))
    expect([...new Set(allActions(anywhere))].sort()).toEqual(actionsWithoutResource)
    expect(allActions(statements).filter((action) => action.includes('*'))).toEqual([])
  })

  test('a function may do what its code asks for, and nothing else', async () => {
    for (const [id, fn] of functions()) {
      const [module] = handlerOf(fn)
      const used = await actionsUsed(join(folder, `${module}.ts`))
      const needed = new Set([
        ...used,
        ...ownActions,
        ...eventSourceActions(id),
        // Secrets are encrypted; the public keys are not.
        ...(readsSecret.has(id) ? ['kms:Decrypt'] : []),
      ])
      // The SDK's command can retain; an inbox and an answer are not retained.
      if (['LiveDeliverLambdaFunction', 'DeskSearchLambdaFunction'].includes(id)) {
        for (const action of ['iot:RetainPublish', 'iot:GetRetainedMessage']) needed.delete(action)
      }
      const granted = new Set(allActions(statementsOf(roleOf(id))))
      expect([id, ...[...granted].sort()]).toEqual([id, ...[...needed].sort()])
    }
  }, 60_000)

  /** What Lambda does under the function's role to feed it. */
  function eventSourceActions(id: string): readonly string[] {
    return mappings()
      .filter(([, { Properties }]) => logicalIdOf(Properties?.['FunctionName']) === id)
      .flatMap(([, { Properties }]) => {
        const source = resources[logicalIdOf(Properties?.['EventSourceArn']) ?? '']?.Type
        return source === 'AWS::SQS::Queue'
          ? ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
          : [
              'dynamodb:DescribeStream',
              'dynamodb:GetRecords',
              'dynamodb:GetShardIterator',
              'dynamodb:ListStreams',
              'sqs:SendMessage',
            ]
      })
  }

  test('broadcast and repair reach the topics of the contracts, deliver those of inboxes, and none another', () => {
    const named = ({ topic }: { readonly topic: string }) => ({
      'Fn::Sub': `arn:\${AWS::Partition}:iot:\${AWS::Region}:\${AWS::AccountId}:topic/${topic.replaceAll(/\{\w+\}/g, '*')}`,
    })
    const topics = contracts.filter(isRecorded).map(named)
    const inboxes = contracts.filter(({ kind }) => kind === 'inbox').map(named)
    const mayPublish = new Map([
      ['LiveBroadcastRole', topics],
      ['LiveRepairRole', topics],
      ['LiveDeliverRole', inboxes],
      // Where an agent's search is answered.
      ['DeskSearchRole', [named({ topic: `${repliesTopic}/*` })]],
    ])
    for (const [id, role] of resourcesOf(resources, 'AWS::IAM::Role')) {
      const publishing = statementsOf(role).filter(({ Action }) => list(Action).includes('iot:Publish'))
      const may = mayPublish.get(id)
      expect([id, ...publishing.map(({ Resource }) => Resource)]).toEqual(may ? [id, may] : [id])
    }
  })

  test('only the session may read the private key', () => {
    for (const [id, role] of resourcesOf(resources, 'AWS::IAM::Role')) {
      const reads = JSON.stringify(statementsOf(role)).includes('/signing-key"')
      expect([id, reads]).toEqual([id, id === 'LiveSessionRole'])
    }
  })
})

describe('queues, topics and streams', () => {
  test('a queue that is consumed has a dead-letter queue, and is hidden six times its function’s time-out', () => {
    const consumed = mappings().flatMap(([, { Properties }]) => {
      const id = logicalIdOf(Properties?.['EventSourceArn']) ?? ''
      const consumer = lambda(logicalIdOf(Properties?.['FunctionName']) ?? '')
      return resources[id]?.Type === 'AWS::SQS::Queue' ? [[id, consumer] as const] : []
    })
    // A queue is consumed, or it is where failures go.
    const queues = resourcesOf(resources, 'AWS::SQS::Queue').map(([id]) => id)
    const failures = failureQueues(resources)
    expect(consumed.map(([id]) => id).sort()).toEqual(queues.filter((id) => !failures.includes(id)).sort())
    for (const [id, consumer] of consumed) {
      const redrive = mapOf(resources[id], 'RedrivePolicy')
      expect(resources[logicalIdOf(redrive['deadLetterTargetArn']) ?? '']?.Type).toBe('AWS::SQS::Queue')
      expect(redrive['maxReceiveCount']).toBeGreaterThanOrEqual(5)
      const timeout = Number(consumer?.Properties?.['Timeout'])
      expect(resources[id]?.Properties?.['VisibilityTimeout']).toBeGreaterThanOrEqual(6 * timeout)
    }
  })

  test('queues and topics are encrypted; a queue takes messages of the topic only that it subscribed to', () => {
    for (const [id, { Properties }] of resourcesOf(resources, 'AWS::SQS::Queue')) {
      expect([id, Properties?.['SqsManagedSseEnabled']]).toEqual([id, true])
    }
    for (const id of ['DonationReceivedTopic', 'DomainEventsTopic']) {
      expect([id, resources[id]?.Properties?.['KmsMasterKeyId']]).toEqual([id, 'alias/aws/sns'])
    }
    const admitted = new Map<string, Value>()
    for (const [id, policy] of resourcesOf(resources, 'AWS::SQS::QueuePolicy')) {
      const queues = policy.Properties?.['Queues'] as readonly Value[]
      const statements = mapOf(policy, 'PolicyDocument')['Statement'] as readonly {
        readonly Condition: { readonly ArnEquals: Readonly<Record<string, Value>> }
      }[]
      const topic = statements[0]?.Condition.ArnEquals['aws:SourceArn']
      expect([id, ...statements]).toEqual([
        id,
        {
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: queues.map((queue) => ({ 'Fn::GetAtt': [logicalIdOf(queue), 'Arn'] })),
          Condition: { ArnEquals: { 'aws:SourceArn': topic } },
        },
      ])
      for (const queue of queues) admitted.set(logicalIdOf(queue) ?? '', topic ?? '')
    }
    const subscriptions = resourcesOf(resources, 'AWS::SNS::Subscription').filter(
      ([, { Properties }]) => Properties?.['Protocol'] === 'sqs',
    )
    expect(subscriptions.length).toBeGreaterThan(0)
    const subscribed = new Map<string, Value>()
    for (const [id, subscription] of subscriptions) {
      const { Properties } = subscription
      expect([id, Properties?.['RawMessageDelivery']]).toEqual([id, true])
      const queue = logicalIdOf(Properties?.['Endpoint']) ?? ''
      const deadLetters = logicalIdOf(mapOf(subscription, 'RedrivePolicy')['deadLetterTargetArn']) ?? ''
      expect([id, deadLetters]).toEqual([
        id,
        logicalIdOf(mapOf(resources[queue], 'RedrivePolicy')['deadLetterTargetArn']),
      ])
      for (const one of [queue, deadLetters]) subscribed.set(one, Properties?.['TopicArn'] ?? '')
    }
    expect(Object.fromEntries(admitted)).toEqual(Object.fromEntries(subscribed))
  })

  test('a stream is retried a bounded number of times, and what failed goes to a queue', () => {
    const streams = mappings().filter(([id]) => id.includes('Dynamodb'))
    expect(streams.length).toBeGreaterThan(0)
    for (const [id, { Properties }] of streams) {
      expect(Properties?.['MaximumRetryAttempts']).toBeGreaterThan(0)
      expect(Properties?.['MaximumRecordAgeInSeconds']).toBeGreaterThan(0)
      expect({ id, ...Properties }).toMatchObject({
        id,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        DestinationConfig: {
          OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/FailuresQueue$/), 'Arn'] } },
        },
      })
    }
  })
})

test('alarms watch every failure queue, every function, accept’s throttles and what waits in queues and streams', () => {
  const alarms = resourcesOf(resources, 'AWS::CloudWatch::Alarm')
  for (const [id, { Properties }] of alarms) {
    expect([id, Properties?.['AlarmActions']]).toEqual([id, [{ Ref: 'AlarmsTopic' }]])
  }
  const watched = alarms.map(([, alarm]) => {
    const dimensions = alarm.Properties?.['Dimensions'] as readonly { readonly Value: Value }[]
    return `${logicalIdOf(dimensions[0]?.Value)} ${textOf(alarm, 'MetricName')}`
  })
  const failures = failureQueues(resources)
  expect(failures).toEqual(expect.arrayContaining(['LedgerDeadLetterQueue', 'BroadcastFailuresQueue']))
  expect(watched).toEqual(
    expect.arrayContaining([
      ...failures.map((id) => `${id} ApproximateNumberOfMessagesVisible`),
      ...functions().map(([id]) => `${id} Errors`),
      'DonationsAcceptLambdaFunction Throttles',
      ...mappings().map(([, { Properties }]) => {
        const source = logicalIdOf(Properties?.['EventSourceArn']) ?? ''
        return resources[source]?.Type === 'AWS::SQS::Queue'
          ? `${source} ApproximateAgeOfOldestMessage`
          : `${logicalIdOf(Properties?.['FunctionName'])} IteratorAge`
      }),
      'HttpApi 5xx',
      'DonationReceivedTopic NumberOfNotificationsFailed',
      'DomainEventsTopic NumberOfNotificationsFailed',
    ]),
  )
})

describe('AWS IoT', () => {
  test('the authorizer checks signatures, and nobody else’s may call its function', () => {
    expect(resources['Authorizer']?.Properties).toMatchObject({
      SigningDisabled: false,
      TokenKeyName: 'token',
      Status: 'ACTIVE',
    })
    const allowed = resourcesOf(resources, 'AWS::Lambda::Permission').filter(
      ([, { Properties }]) => logicalIdOf(Properties?.['FunctionName']) === 'LiveAuthorizerLambdaFunction',
    )
    expect(allowed.map(([, { Properties }]) => Properties)).toEqual([
      {
        FunctionName: { 'Fn::GetAtt': ['LiveAuthorizerLambdaFunction', 'Arn'] },
        Action: 'lambda:InvokeFunction',
        Principal: 'iot.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': ['Authorizer', 'Arn'] },
        SourceAccount: { Ref: 'AWS::AccountId' },
      },
    ])
  })

  test('browsers have a domain for custom authentication over WebSocket, and sessions are told its host', () => {
    expect(resources['LiveDomain']).toMatchObject({
      Type: 'AWS::IoT::DomainConfiguration',
      Properties: {
        AuthenticationType: 'CUSTOM_AUTH',
        ApplicationProtocol: 'MQTT_WSS',
        AuthorizerConfig: { DefaultAuthorizerName: { Ref: 'Authorizer' } },
      },
    })
    expect(resources['IotEndpoints']?.Properties).toMatchObject({
      DomainConfigurationName: { Ref: 'LiveDomain' },
    })
    expect(mapOf(lambda('LiveSessionLambdaFunction'), 'Environment')['Variables']).toMatchObject({
      IOT_ENDPOINT: { 'Fn::GetAtt': ['IotEndpoints', 'Mqtt'] },
    })
  })
})

describe('keys', () => {
  const keys = (...args: readonly string[]) =>
    run(process.execPath, [join(folder, 'scripts', 'keys.ts'), ...args], { cwd: folder })

  test('a deploy without keys is refused at once and says what to do', async () => {
    await expect(serverless(folder, 'deploy', '--stage', 'keyless')).rejects.toThrow(
      /npm run keys -- --stage keyless/,
    )
  })

  test('keys of the stage stand in the authorizer, both while they are being rotated', async () => {
    expect(publicKeyNames()).toEqual(['current'])
    expect(JSON.stringify(mapOf(resources['Authorizer'], 'TokenSigningPublicKeys'))).toContain('npm run keys')
    await keys('--stage', 'two')
    await keys('--stage', 'two', '--rotate')
    await serverless(folder, 'package', '--stage', 'two')
    const packaged = compiledResources(folder)
    const given = mapOf(packaged['Authorizer'], 'TokenSigningPublicKeys')
    expect(Object.keys(given)).toEqual(['current', 'next'])
    for (const pem of Object.values(given)) expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/)
  }, 60_000)

  const publicKeyNames = () => Object.keys(mapOf(resources['Authorizer'], 'TokenSigningPublicKeys'))
})
