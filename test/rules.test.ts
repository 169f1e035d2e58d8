import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { fixtureProject } from '../local/lambda/testing/fixture-project.ts'
import { startStack, StackError } from '../local/stack.ts'

// docs/aws-iot-core.md §9

const yaml = `service: shop
provider:
  name: aws
functions:
  seen:
    handler: functions/seen.handler
    events:
      - iot:
          sql: SELECT clientId, eventType FROM '$aws/events/presence/connected/+'
          sqlVersion: '2016-03-23'
resources:
  Resources:
    Queue:
      Type: AWS::SQS::Queue
      Properties: { QueueName: sensors }
    Topic:
      Type: AWS::SNS::Topic
      Properties: { TopicName: hot }
    Subscription:
      Type: AWS::SNS::Subscription
      Properties: { TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn, RawMessageDelivery: true }
    Role:
      Type: AWS::IAM::Role
    Hot:
      Type: AWS::IoT::TopicRule
      Properties:
        TopicRulePayload:
          Sql: SELECT temp, topic(2) AS sensor FROM 'sensors/+' WHERE temp > 20
          AwsIotSqlVersion: '2016-03-23'
          Actions:
            - Sqs: { QueueUrl: !Ref Queue, RoleArn: !GetAtt Role.Arn }
            - Sns: { TargetArn: !Ref Topic, RoleArn: !GetAtt Role.Arn }
`

const start = (root: string) => {
  for (const folder of ['web', 'topics']) mkdirSync(join(root, folder), { recursive: true })
  return startStack({ root, dataDir: join(root, 'data'), httpPort: 0, iotPort: 0, awsPort: 0 })
}

it('rules of serverless.yml run on the whole stack: functions, queues and topics', async () => {
  const project = fixtureProject({
    seen: 'export const handler = async (event: { clientId: string }) => event.clientId',
  })
  try {
    project.write('serverless.yml', yaml)
    const stack = await start(project.root)
    try {
      stack.iot.publish('sensors/one', Buffer.from('{"temp":19}'))
      stack.iot.publish('sensors/two', Buffer.from('{"temp":21}'))
      stack.iot.publish('$aws/rules/shop_dev_seen_1/x', Buffer.from('{"clientId":"a"}'))
      await stack.idle()
      const bodies = stack.messaging.queue('sensors').receive({ max: 10 })
      expect(bodies.map(({ body }) => body)).toEqual([
        '{"temp":21,"sensor":"two"}',
        '{"temp":21,"sensor":"two"}',
      ])
      expect(stack.host.stats().functions['seen']).toMatchObject({ invocations: 1, failures: 0 })
    } finally {
      await stack.stop()
    }
  } finally {
    project.remove()
  }
})

it('a rule that does not run here ends the start in a line', async () => {
  const project = fixtureProject({ seen: 'export const handler = async () => 1' })
  try {
    project.write('serverless.yml', yaml.replace('temp > 20', "regexp_matches(temp, '2')"))
    const started = start(project.root)
    await expect(started).rejects.toBeInstanceOf(StackError)
    await expect(started).rejects.toThrow(
      'rule shop_dev_Hot: its SQL: the function regexp_matches is not run here',
    )
  } finally {
    project.remove()
  }
})
