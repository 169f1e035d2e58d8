import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readTemplate, readTemplateFile, TemplateError, type TemplateOptions } from './index.ts'

const projectFile = join(import.meta.dirname, '..', '..', 'serverless.yml')

function read(text: string, options: Partial<TemplateOptions> = {}) {
  return readTemplate(text, { env: {}, ...options })
}

/** A small file with one function; `rest` is more of it. */
function withFunction(lines: string, rest = ''): string {
  return `service: shop\nprovider:\n  name: aws\nfunctions:\n  till:\n    handler: functions/till.handler\n${lines}${rest}`
}

function failure(text: string, options: Partial<TemplateOptions> = {}): TemplateError {
  try {
    read(text, options)
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
  throw new Error('was read without an error')
}

describe("the project's serverless.yml", () => {
  const template = readTemplateFile(projectFile, {
    env: { DONATIONS_FROM: 'anyone', SIGNING_PUBLIC_KEY_CURRENT: 'PEM' },
    attributes: { IotEndpoints: { Mqtt: 'ws://localhost:4001/mqtt', Data: 'http://localhost:4001' } },
  })

  it('gives every function its environment with names, ARNs and addresses resolved', () => {
    expect(template.functions['donationsAccept']).toMatchObject({
      name: 'fanfare-dev-donationsAccept',
      module: 'functions/donations/accept.handler',
      exportName: 'handler',
      timeoutSeconds: 10,
      memoryMb: 512,
      reservedConcurrency: 100,
      environment: {
        DONATIONS_FROM: 'anyone',
        DONATION_RECEIVED_TOPIC: 'arn:aws:sns:eu-west-1:000000000000:fanfare-dev-donation-received',
        LEDGER_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/000000000000/fanfare-dev-ledger',
      },
      events: [{ type: 'httpApi', method: 'POST', path: '/donations' }],
    })
    expect(template.functions['liveSession']?.environment['IOT_ENDPOINT']).toBe('ws://localhost:4001/mqtt')
    expect(template.functions['donationsLedger']?.timeoutSeconds).toBe(30)
  })

  it('knows the event sources with every figure', () => {
    expect(template.functions['donationsLedger']?.events).toEqual([
      expect.objectContaining({
        type: 'sqs',
        queueArn: 'arn:aws:sqs:eu-west-1:000000000000:fanfare-dev-ledger',
        maximumConcurrency: 2,
        reportBatchItemFailures: true,
      }),
    ])
    expect(template.functions['liveBroadcast']?.events).toEqual([
      expect.objectContaining({
        type: 'stream',
        parallelizationFactor: 1,
        filterPatterns: [
          {
            eventName: ['INSERT', 'MODIFY'],
            dynamodb: { Keys: { sk: { S: ['head'] } }, NewImage: { unread: { N: [{ exists: false }] } } },
          },
        ],
        onFailureArn: 'arn:aws:sqs:eu-west-1:000000000000:fanfare-dev-broadcast-failures',
      }),
    ])
  })

  it('knows tables, queues, subscriptions and the authorizer', () => {
    expect(template.tables.find(({ logicalId }) => logicalId === 'LiveTable')).toMatchObject({
      partitionKey: { name: 'pk', type: 'S' },
      sortKey: { name: 'sk', type: 'S' },
      streamViewType: 'NEW_IMAGE',
    })
    expect(template.tables.find(({ logicalId }) => logicalId === 'SessionsTable')).toMatchObject({
      timeToLiveAttribute: 'expiresAt',
      streamViewType: undefined,
    })
    expect(template.queues.find(({ logicalId }) => logicalId === 'LedgerQueue')).toMatchObject({
      visibilityTimeoutSeconds: 180,
      redrive: { maxReceiveCount: 480 },
    })
    expect(
      template.subscriptions.find(({ endpoint }) => endpoint.endsWith('fanfare-dev-ledger')),
    ).toMatchObject({ protocol: 'sqs', rawMessageDelivery: true })
    expect(template.authorizers).toMatchObject([
      {
        functionKey: 'liveAuthorizer',
        tokenKeyName: 'token',
        status: 'ACTIVE',
        enableCachingForHttp: false,
        publicKeys: { current: 'PEM' },
      },
    ])
  })
})

describe('variables', () => {
  const value = (text: string, options: Partial<TemplateOptions> = {}, rest = '') =>
    read(withFunction(`    environment:\n      VALUE: ${text}\n`, rest), options).functions['till']
      ?.environment['VALUE']

  it.each([
    ["${env:GIVEN, 'no'}", 'yes'],
    ["${env:ABSENT, 'default'}", 'default'],
    ["a-${env:ABSENT, 'b, c'}-d", 'a-b, c-d'],
    ['${self:custom.deep.value}', 'found'],
    ['${self:custom.chain}', 'found!'],
    ["${self:custom.absent, ${env:GIVEN, 'no'}}", 'yes'],
    ["${env:${self:custom.name}, 'no'}", 'yes'],
    ['${sls:stage} ${aws:region} ${aws:accountId}', 'dev eu-west-1 000000000000'],
    ['${param:colour}', 'blue'],
    ['${file(./more.yml):inner.key}', 'from a file'],
    ['!Sub arn:aws:iot:${AWS::Region}:${AWS::AccountId}', 'arn:aws:iot:eu-west-1:000000000000'],
  ])('%s is %s', (text, expected) => {
    const rest =
      'custom:\n  name: GIVEN\n  deep:\n    value: found\n  chain: ${self:custom.deep.value}!\nparams:\n  default:\n    colour: blue\n'
    const options = { env: { GIVEN: 'yes' }, file: () => ({ inner: { key: 'from a file' } }) }
    expect(value(text, options, rest)).toBe(expected)
  })

  it.each([
    ['${env:ABSENT}', 8, '${env:ABSENT} has no value'],
    ['${ssm:/a/b}', 8, 'is a variable that the local stack does not know'],
    ['${self:custom.circle}', 11, 'refers to itself'],
  ])('%s is an error on its line', (text, line, problem) => {
    const error = failure(
      withFunction(
        `    environment:\n      VALUE: ${text}\n`,
        'custom:\n  x: 1\n  circle: ${self:custom.circle}\n',
      ),
    )
    expect(error.message).toContain(problem)
    expect(error.line).toBe(line)
    expect(error.remedy).not.toBe('')
  })
})

describe('CloudFormation in values', () => {
  const queue = 'resources:\n  Resources:\n    Work:\n      Type: AWS::SQS::Queue\n'

  it.each([
    ['!Ref Work', 'https://sqs.eu-west-1.amazonaws.com/000000000000/shop-dev-Work'],
    ['!GetAtt Work.Arn', 'arn:aws:sqs:eu-west-1:000000000000:shop-dev-Work'],
    ['!GetAtt TillLambdaFunction.Arn', 'arn:aws:lambda:eu-west-1:000000000000:function:shop-dev-till'],
    ['!Sub "${Work.QueueName}/${TillLambdaFunction}"', 'shop-dev-Work/shop-dev-till'],
    ['!Join ["-", [a, !GetAtt Work.QueueName]]', 'a-shop-dev-Work'],
    ['!Select [1, !Split ["@", "me@example.org"]]', 'example.org'],
    ['{ "Fn::GetAtt": [Work, Arn] }', 'arn:aws:sqs:eu-west-1:000000000000:shop-dev-Work'],
  ])('%s is %s', (text, expected) => {
    const template = read(withFunction(`    environment:\n      VALUE: ${text}\n`, queue))
    expect(template.functions['till']?.environment['VALUE']).toBe(expected)
  })

  it.each([
    ['!Ref Nothing', 'names no resource'],
    ['!GetAtt Work.Colour', 'has no attribute Colour'],
    ['!ImportValue other', 'Fn::ImportValue'],
  ])('%s is an error on its line', (text, problem) => {
    const error = failure(withFunction(`    environment:\n      VALUE: ${text}\n`, queue))
    expect(error.message).toContain(problem)
    expect(error.line).toBe(8)
  })
})

describe('what the local stack does not understand', () => {
  it.each([
    ['an event', '    events:\n      - s3: bucket\n', 8, 'the event s3'],
    [
      'a key of an event',
      '    events:\n      - sqs:\n          arn: arn:aws:sqs:x\n          fifo: true\n',
      10,
      'fifo',
    ],
    ['a key of a function', '    layers: [a]\n', 7, 'layers'],
    ['a figure outside its bounds', '    timeout: 901\n', 7, 'functions.till.timeout'],
    [
      'a resource',
      'resources:\n  Resources:\n    Store:\n      Type: AWS::RDS::DBInstance\n',
      9,
      'AWS::RDS::DBInstance',
    ],
    [
      'a property of a table',
      'resources:\n  Resources:\n    Store:\n      Type: AWS::DynamoDB::Table\n      Properties:\n        AttributeDefinitions: []\n        KeySchema: []\n        GlobalSecondaryIndexes: []\n',
      14,
      'GlobalSecondaryIndexes',
    ],
  ])('%s is an error on its line', (_, lines, line, problem) => {
    const error = failure(withFunction(lines))
    expect(error.message).toContain(problem)
    expect(error.line).toBe(line)
  })

  it('and what only AWS needs is passed over', () => {
    const template = read(
      withFunction(
        '    tags: { a: !Ref Nowhere }\n',
        'resources:\n  Resources:\n    Alarm:\n      Type: AWS::CloudWatch::Alarm\n      Properties: { X: !Ref Nowhere }\n  Outputs:\n    Y: { Value: !ImportValue z }\n',
      ),
    )
    expect(Object.keys(template.functions)).toEqual(['till'])
  })

  it('broken YAML names its line', () => {
    expect(failure('service: a\nservice: b\n').line).toBe(2)
  })
})
