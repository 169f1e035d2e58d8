/**
 * One IAM role a function: what its `permissions` in serverless.yml say, what its event sources need, its own log group
 * and its traces. Nothing is shared, so a function can do no more than it must.
 *
 * @module
 */
import type { TopicContract } from '../../topics/contract/index.ts'
import { isPublisherGroup, publisherTopics } from '../../topics/contract/publisher-topics.ts'
import type { EventDefinition, FunctionDefinition, Resource, Statement, Value } from './cloudformation.ts'

/** The role that the function runs under. */
export function roleOf(fn: FunctionDefinition, contracts: readonly TopicContract[]): Resource {
  const statements = [
    ...ownLogs(fn.name),
    ...(fn.events ?? []).flatMap(eventStatements),
    ...(fn.permissions ?? []),
  ]
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [
        {
          PolicyName: fn.name,
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: statements.map((statement) => written(statement, contracts)),
          },
        },
      ],
    },
  }
}

function written(
  { Effect = 'Allow', Action, Resource, Condition }: Statement,
  contracts: readonly TopicContract[],
): Value {
  return {
    Effect,
    Action,
    Resource: isPublisherGroup(Resource) ? topicResources(publisherTopics(Resource, contracts)) : Resource,
    ...(Condition === undefined ? {} : { Condition }),
  }
}

function topicResources(topics: readonly string[]): readonly Value[] {
  return topics.map((topic) => arn(`iot:\${AWS::Region}:\${AWS::AccountId}:topic/${topic}`))
}

function arn(rest: string): Value {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:${rest}` }
}

function ownLogs(functionName: string): readonly Statement[] {
  return [
    {
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: arn(`logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${functionName}:*`),
    },
    // AWS offers no resource for either.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    { Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' },
  ]
}

/** Lambda reads queues and streams, and sends what failed, under the function's own role. */
function eventStatements({ sqs, stream }: EventDefinition): readonly Statement[] {
  const statements: Statement[] = []
  if (sqs) {
    statements.push({
      Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      Resource: sqs.arn,
    })
  }
  if (stream) {
    statements.push({
      Action: [
        'dynamodb:DescribeStream',
        'dynamodb:GetRecords',
        'dynamodb:GetShardIterator',
        'dynamodb:ListStreams',
      ],
      Resource: stream.arn,
    })
    if (stream.destinations) {
      statements.push({ Action: ['sqs:SendMessage'], Resource: stream.destinations.onFailure.arn })
    }
  }
  return statements
}
