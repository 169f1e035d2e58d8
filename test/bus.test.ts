import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, expect, it } from 'vitest'
import { type FixtureProject, fixtureProject } from '../local/lambda/testing/fixture-project.ts'
import { startStack } from '../local/stack.ts'

const platform = join(import.meta.dirname, '..', 'functions', 'platform')

let project: FixtureProject | undefined
afterEach(() => project?.remove())

const yaml = `service: shop
provider: { name: aws, timeout: 10 }
functions:
  pack:
    handler: functions/pack.handler
    events: [{ sqs: { arn: !GetAtt PackQueue.Arn, functionResponseType: ReportBatchItemFailures } }]
resources:
  Resources:
    DeadQueue: { Type: AWS::SQS::Queue, Properties: { QueueName: pack-dlq } }
    PackQueue:
      Type: AWS::SQS::Queue
      Properties:
        QueueName: pack
        VisibilityTimeout: 60
        RedrivePolicy: { deadLetterTargetArn: !GetAtt DeadQueue.Arn, maxReceiveCount: 5 }
`

it('a poisonous message goes to its dead-letter queue with the reason, and one that waits comes again; the others are done', async () => {
  project = fixtureProject({
    pack: `
      import * as v from 'valibot'
      import { defineEvent } from '${platform}/bus/event.ts'
      import { consume, PoisonError, queueHandler, RetryLater } from '${platform}/bus/queue-handler.ts'
      const sold = defineEvent({ type: 'book.sold', source: '/fanfare/shop', schema: v.object({ title: v.string() }) })
      export const handler = queueHandler([consume(sold, async ({ data: { title } }, { attempt }) => {
        console.log('packing ' + title + ' ' + attempt)
        if (title === 'gone') throw new PoisonError('out of print\\u0007')
        if (title === 'later' && attempt === 1) throw new RetryLater('the shop is closed', 1)
      })])`,
  })
  project.write('serverless.yml', yaml)
  const stack = await startStack({
    root: project.root,
    dataDir: join(project.root, 'data'),
    httpPort: 0,
    iotPort: 0,
    awsPort: 0,
  })
  try {
    const client = new SQSClient({
      endpoint: stack.urls.aws,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    })
    for (const title of ['a', 'gone', 'later', 'b']) {
      const event = {
        specversion: '1.0',
        id: title,
        type: 'book.sold',
        source: '/fanfare/shop',
        data: { title },
      }
      await client.send(
        new SendMessageCommand({
          QueueUrl: stack.messaging.queue('pack').url,
          MessageBody: JSON.stringify(event),
        }),
      )
    }
    client.destroy()
    await stack.idle()
    const [dead, ...more] = stack.messaging.queue('pack-dlq').receive({ max: 10 })
    expect(more).toEqual([])
    expect(dead?.body).toContain('"id":"gone"')
    expect(JSON.stringify(dead)).toContain('out of print\ufffd')
  } finally {
    await stack.stop()
  }
  const packed = readFileSync(join(project.root, 'data', 'lambda', 'logs', 'pack.log'), 'utf8')
  expect(packed.match(/packing \w+ \d/g)?.toSorted()).toEqual([
    'packing a 1',
    'packing b 1',
    'packing gone 1',
    'packing later 1',
    'packing later 2',
  ])
})
