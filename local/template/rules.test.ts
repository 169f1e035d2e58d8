import { expect, test } from 'vitest'
import { readTemplate } from './index.ts'

// docs/aws-iot-core.md §9

const head = `service: shop
provider:
  name: aws
functions:
  till:
    handler: functions/till.handler
    events:
      - iot: { sql: "SELECT * FROM 'a'", sqlVersion: '2016-03-23' }
      - iot: { name: named, sql: "SELECT * FROM 'b'", sqlVersion: '2016-03-23', enabled: false }
resources:
  Resources:
    Queue:
      Type: AWS::SQS::Queue
    Topic:
      Type: AWS::SNS::Topic
    Role:
      Type: AWS::IAM::Role
`

const read = (rule: string) => readTemplate(head + rule, { env: {} })

test('§9 iot events of functions and topic rules are read, their roles left to AWS', () => {
  const { rules } = read(`    Presence:
      Type: AWS::IoT::TopicRule
      Properties:
        TopicRulePayload:
          Sql: SELECT * FROM '$aws/events/presence/+/#'
          AwsIotSqlVersion: '2016-03-23'
          RuleDisabled: false
          Actions:
            - Lambda: { FunctionArn: !GetAtt TillLambdaFunction.Arn }
            - Sqs: { QueueUrl: !Ref Queue, RoleArn: !GetAtt Role.Arn, UseBase64: true }
            - Sns: { TargetArn: !Ref Topic, RoleArn: !GetAtt Role.Arn }
            - Republish: { Topic: 'seen/\${topic(2)}', RoleArn: !GetAtt Role.Arn, Qos: 1 }
          ErrorAction:
            Sqs: { QueueUrl: !Ref Queue, RoleArn: !GetAtt Role.Arn }
`)
  const lambda = {
    type: 'lambda',
    functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:shop-dev-till',
  }
  const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/000000000000/shop-dev-Queue'
  expect(rules).toEqual([
    {
      name: 'shop_dev_till_1',
      sql: "SELECT * FROM 'a'",
      sqlVersion: '2016-03-23',
      enabled: true,
      actions: [lambda],
      errorAction: undefined,
    },
    expect.objectContaining({ name: 'named', enabled: false }),
    {
      name: 'shop_dev_Presence',
      sql: "SELECT * FROM '$aws/events/presence/+/#'",
      sqlVersion: '2016-03-23',
      enabled: true,
      actions: [
        lambda,
        { type: 'sqs', queueUrl, useBase64: true },
        { type: 'sns', targetArn: 'arn:aws:sns:eu-west-1:000000000000:shop-dev-Topic', messageFormat: 'RAW' },
        { type: 'republish', topic: 'seen/${topic(2)}', qos: 1, headers: { userProperties: [] } },
      ],
      errorAction: { type: 'sqs', queueUrl, useBase64: false },
    },
  ])
})

test('§3 the Region of the deployment is read: its quotas hold', () => {
  const file = head.replace('name: aws', "name: aws\n  region: ${opt:region, 'eu-west-3'}")
  expect(readTemplate(file, { env: {} }).region).toBe('eu-west-3')
  expect(read('').region).toBe('eu-west-1')
})

test('an action that does not run here is named, with its line', () => {
  const rule = `    Presence:
      Type: AWS::IoT::TopicRule
      Properties:
        TopicRulePayload:
          Sql: SELECT * FROM 'a'
          Actions:
            - DynamoDBv2: { PutItem: { TableName: t } }
`
  expect(() => read(rule)).toThrow(
    /runs the actions Lambda, Sqs, Sns and Republish, one in each; this has DynamoDBv2/,
  )
})
