/**
 * The project that the bench of the bus runs: the same worker asked in three parts, and invoked and waited for.
 *
 * @module
 */
import { join } from 'node:path'

const platform = join(import.meta.dirname, '..', '..', 'functions', 'platform')

/** Handlers by key; each says when it ran. */
export const busFunctions = (workerMs: number): Readonly<Record<string, string>> => ({
  shared: `
    import * as v from 'valibot'
    import { defineRequest } from '${platform}/bus/request.ts'
    const text = v.object({ text: v.string() })
    export const sleep = () => new Promise((resolve) => setTimeout(resolve, ${workerMs}))
    export const rank = defineRequest({ type: 'bench.rank', source: '/fanfare/bench', request: text, reply: text, context: text, deadlineSeconds: 2 })
    export const billed = (name, handler) => async (event, context) => {
      const from = Date.now()
      try {
        return await handler(event, context)
      } finally {
        console.log('billed ' + name + ' ' + from + ' ' + Date.now())
      }
    }`,
  wait: `
    import { billed } from './shared.ts'
    export const handler = billed('wait', async (event) => {
      const answer = await fetch(JSON.parse(event.body).site + '/work-now', { method: 'POST' })
      return { statusCode: answer.status, body: await answer.text() }
    })`,
  workNow: `
    import { billed, sleep } from './shared.ts'
    export const handler = billed('workNow', async () => {
      await sleep()
      return { statusCode: 200, body: 'ranked' }
    })`,
  ask: `
    import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
    import { requestItems } from '${platform}/bus/request.ts'
    import { createDynamoDb } from '${platform}/dynamodb.ts'
    import { ulid } from 'ulid'
    import { billed, rank } from './shared.ts'
    const client = createDynamoDb({ requestTimeoutMs: 2000, attempts: 3 })
    const { TABLE: table, WORK: workerQueueUrl, BACK: callbackQueueUrl } = process.env
    export const handler = billed('ask', async () => {
      const TransactItems = requestItems(rank, { correlationId: ulid(), data: { text: 'a' }, context: { text: 'b' }, table, workerQueueUrl, callbackQueueUrl, now: Date.now() })
      await client.send(new TransactWriteItemsCommand({ TransactItems }))
      return { statusCode: 202, body: '' }
    })`,
  relay: `
    import { handler as relay } from '${platform}/bus/relay.handler.ts'
    import { billed } from './shared.ts'
    export const handler = billed('relay', relay)`,
  work: `
    import { queueHandler } from '${platform}/bus/queue-handler.ts'
    import { sqsSender } from '${platform}/bus/sqs-sender.ts'
    import { worker } from '${platform}/bus/worker.ts'
    import { billed, rank, sleep } from './shared.ts'
    const rankIt = async ({ data }) => {
      await sleep()
      return data
    }
    export const handler = billed('work', queueHandler([worker(rank, rankIt, { send: sqsSender(Date.now), now: Date.now })]))`,
  back: `
    import { callback } from '${platform}/bus/callback.ts'
    import { dynamoDbRequests } from '${platform}/bus/dynamodb-requests.ts'
    import { queueHandler } from '${platform}/bus/queue-handler.ts'
    import { createDynamoDb } from '${platform}/dynamodb.ts'
    import { writeIfUnmoved } from '${platform}/dynamodb-items.ts'
    import { systemTime } from '${platform}/time.ts'
    import { billed, rank } from './shared.ts'
    const client = createDynamoDb({ requestTimeoutMs: 2000, attempts: 3 })
    const use = (kind) => ({ correlationId, take }) =>
      writeIfUnmoved(client, [take, { Put: { TableName: process.env.TABLE, Item: { pk: { S: kind + '#' + correlationId }, sk: { S: 'x' } } } }])
    const reply = use('reply')
    export const handler = billed('back', queueHandler(callback(rank,
      { onReply: (_, pending) => reply(pending), onDeadline: use('deadline') },
      { requests: dynamoDbRequests(client, process.env.TABLE), time: systemTime, random: Math.random })))`,
})

const queue = (name: string): string => `
    ${name}Queue:
      Type: AWS::SQS::Queue
      Properties:
        QueueName: bench-${name.toLowerCase()}
        VisibilityTimeout: 60
        RedrivePolicy: { deadLetterTargetArn: !GetAtt DeadQueue.Arn, maxReceiveCount: 5 }`

/** Its serverless.yml. */
export const busTemplate = `service: bench
provider: { name: aws, timeout: 10 }
functions:
  wait:
    handler: functions/wait.handler
    events: [{ httpApi: POST /wait }]
  workNow:
    handler: functions/workNow.handler
    events: [{ httpApi: POST /work-now }]
  ask:
    handler: functions/ask.handler
    environment: { TABLE: !Ref Table, WORK: !Ref WorkQueue, BACK: !Ref BackQueue }
    events: [{ httpApi: POST /ask }]
  relay:
    handler: functions/relay.handler
    environment: { DOMAIN_EVENTS_TOPIC: !Ref Topic, RELAY_FAILURES_QUEUE_URL: !Ref DeadQueue }
    events:
      - stream:
          type: dynamodb
          arn: !GetAtt Table.StreamArn
          startingPosition: TRIM_HORIZON
          functionResponseType: ReportBatchItemFailures
          filterPatterns:
            - eventName: [INSERT]
              dynamodb: { NewImage: { event: { S: [{ exists: true }] } } }
  work:
    handler: functions/work.handler
    events: [{ sqs: { arn: !GetAtt WorkQueue.Arn, functionResponseType: ReportBatchItemFailures } }]
  back:
    handler: functions/back.handler
    environment: { TABLE: !Ref Table }
    events: [{ sqs: { arn: !GetAtt BackQueue.Arn, functionResponseType: ReportBatchItemFailures } }]
resources:
  Resources:
    Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: bench-events } }
    DeadQueue: { Type: AWS::SQS::Queue, Properties: { QueueName: bench-dead } }${queue('Work')}${queue('Back')}
    Table:
      Type: AWS::DynamoDB::Table
      Properties:
        BillingMode: PAY_PER_REQUEST
        AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }, { AttributeName: sk, AttributeType: S }]
        KeySchema: [{ AttributeName: pk, KeyType: HASH }, { AttributeName: sk, KeyType: RANGE }]
        StreamSpecification: { StreamViewType: NEW_IMAGE }
`
