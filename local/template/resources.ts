/**
 * The resources of serverless.yml: their names on this machine, and what `Ref` and `Fn::GetAtt` answer for each.
 *
 * @module
 */
import { localAccount } from '../aws.ts'
import { ruleName } from './rules.ts'

/** One resource: what `Ref` and each `Fn::GetAtt` of it give. */
export interface LocalResource {
  readonly ref: string
  readonly attributes: Readonly<Record<string, string>>
}

/** An ARN in the local account and Region. */
export function localArn(service: string, resource: string): string {
  return `arn:aws:${service}:${localAccount.region}:${localAccount.accountId}:${resource}`
}

/** A stream's label is the time it was made; a local table's stream has one that does not change. */
const streamLabel = '2025-01-01T00:00:00.000'

/** Scheme and host of AWS's own queue URLs. */
export const awsQueueUrlOrigin = `https://sqs.${localAccount.region}.amazonaws.com`

/** What a resource of this type answers, or undefined for a type that the local stack does not run. */
export function localResource(type: string, name: string, queueUrlOrigin: string): LocalResource | undefined {
  switch (type) {
    case 'AWS::DynamoDB::Table': {
      const arn = localArn('dynamodb', `table/${name}`)
      return { ref: name, attributes: { Arn: arn, StreamArn: `${arn}/stream/${streamLabel}` } }
    }
    case 'AWS::SQS::Queue': {
      // The SDK sends a queue's requests to the host of its URL, whatever endpoint it was given.
      const url = `${queueUrlOrigin}/${localAccount.accountId}/${name}`
      return { ref: url, attributes: { Arn: localArn('sqs', name), QueueName: name, QueueUrl: url } }
    }
    case 'AWS::SNS::Topic': {
      const arn = localArn('sns', name)
      return { ref: arn, attributes: { TopicArn: arn, TopicName: name } }
    }
    case 'AWS::IoT::Authorizer':
      return { ref: name, attributes: { Arn: localArn('iot', `authorizer/${name}`) } }
    case 'AWS::IoT::TopicRule':
      return { ref: ruleName(name), attributes: { Arn: localArn('iot', `rule/${ruleName(name)}`) } }
    case 'AWS::Lambda::Function':
      return { ref: name, attributes: { Arn: localArn('lambda', `function:${name}`) } }
    default:
      return undefined
  }
}

/** The property that names a resource of each type; without it the stack's name and the logical ID do. */
export const nameProperty: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::IoT::Authorizer': 'AuthorizerName',
  'AWS::IoT::TopicRule': 'RuleName',
}

/** Resources that matter to AWS only: alarms, permissions, names in DNS. A type's beginning. */
export const onlyOnAws = [
  'AWS::ApiGatewayV2::',
  'AWS::ApplicationAutoScaling::',
  'AWS::Backup::',
  'AWS::Budgets::',
  'AWS::CertificateManager::',
  'AWS::CloudFormation::',
  'AWS::CloudFront::',
  'AWS::CloudWatch::',
  'AWS::IAM::',
  'AWS::IoT::AccountAuditConfiguration',
  'AWS::IoT::DomainConfiguration',
  'AWS::IoT::Logging',
  'AWS::IoT::ResourceSpecificLogging',
  'AWS::KMS::',
  'AWS::Lambda::Permission',
  'AWS::Logs::',
  'AWS::Route53::',
  'AWS::S3::',
  'AWS::SES::',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::SSM::Parameter',
  'AWS::SecretsManager::',
  'AWS::WAFv2::',
]
