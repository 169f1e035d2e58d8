import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PublishCommand } from '@aws-sdk/client-sns'
import {
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readQuery } from './aws-query.ts'
import { settle } from './manual-clock.ts'
import { attributesMd5 } from './message-attributes.ts'
import { messagingCases } from './suite.ts'
import { localTarget } from './suite-target.ts'

const open = (options: Parameters<typeof localTarget>[0] = {}) => {
  const target = localTarget(options)
  onTestFinished(() => target.close())
  return target
}

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'messaging-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

describe('SNS and SQS, as every implementation has them', () => {
  test.each(messagingCases)('$name', async ({ run }) => {
    await run(open())
  })
})

describe('queues', () => {
  test('messages survive a restart, and those in flight are visible at once', async () => {
    const dataFile = join(folder(), 'messages.db')
    const before = localTarget({ dataFile })
    const { url } = before.createQueue({ name: 'kept', visibilityTimeoutSeconds: 600 })
    await before.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'in flight' }))
    await before.sqs.send(new ReceiveMessageCommand({ QueueUrl: url }))
    await before.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'waiting' }))
    await before.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'later', DelaySeconds: 60 }))
    await before.close()

    const after = open({ dataFile })
    const queue = after.messaging.createQueue({ name: 'kept', visibilityTimeoutSeconds: 600 })
    const messages = queue.receive({ max: 10 })
    expect(messages.map(({ body, receives }) => [body, receives])).toEqual([
      ['in flight', 2],
      ['waiting', 1],
    ])
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 2, delayed: 1 })
  })

  test('a second stack on the same file is refused with a remedy', () => {
    const dataFile = join(folder(), 'messages.db')
    open({ dataFile })
    expect(() => localTarget({ dataFile })).toThrow(/Stop the other stack/)
  })

  test('nothing is visible before the transaction that holds it is committed', async () => {
    const { messaging } = open()
    const queue = messaging.createQueue({ name: 'q' })
    queue.send('m')
    expect(queue.receive({ max: 1 })).toEqual([])
    await queue.committed()
    await settle()
    expect(queue.receive({ max: 1 })).toHaveLength(1)
  })

  test('a batch closes before it holds more bytes than asked for', async () => {
    const { messaging } = open()
    const queue = messaging.createQueue({ name: 'q' })
    for (let n = 0; n < 5; n++) queue.send('x'.repeat(400))
    await settle()
    expect(queue.receive({ max: 10, maxBytes: 1_000 })).toHaveLength(2)
    expect(queue.receive({ max: 10, maxBytes: 1 })).toHaveLength(1)
  })

  test('what is past its retention is dropped', async () => {
    const { messaging, clock } = open()
    const queue = messaging.createQueue({ name: 'q', messageRetentionSeconds: 60 })
    queue.send('old')
    await clock.advance(61_000)
    expect(queue.receive({ max: 10 })).toEqual([])
    expect(queue.counts().visible).toBe(0)
  })

  test('characters that SQS cannot hold become U+FFFD', async () => {
    const { messaging } = open()
    const queue = messaging.createQueue({ name: 'q' })
    queue.send('a\u0000b\u{FFFE}c\td')
    await settle()
    expect(queue.receive({ max: 1 })[0]?.body).toBe('a\uFFFDb\uFFFDc\td')
  })

  test('a message handled long before its time-out leaves nothing behind', async () => {
    const { messaging } = open()
    const queue = messaging.createQueue({ name: 'q', visibilityTimeoutSeconds: 600 })
    for (let n = 0; n < 100; n++) queue.send(`m${n}`)
    await settle()
    const empty = queue.empty()
    for (const { receiptHandle } of queue.receive({ max: 100 })) queue.delete(receiptHandle)
    await empty
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  })

  test('dead letters go back to the queue that they came from, with a fresh count', async () => {
    const { messaging, sqs } = open()
    const arn = 'arn:aws:sqs:eu-west-1:000000000000:dead'
    const queue = messaging.createQueue({
      name: 'q',
      visibilityTimeoutSeconds: 0,
      redrive: { deadLetterTargetArn: arn, maxReceiveCount: 1 },
    })
    queue.send('poison')
    await settle()
    queue.receive({ max: 1 })
    expect(queue.receive({ max: 1 })).toEqual([])
    expect(messaging.queue('dead').counts().visible).toBe(1)
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn }))
    expect(queue.receive({ max: 1 })[0]).toMatchObject({ body: 'poison', receives: 1 })
    const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn }))
    expect(Results?.[0]).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 })
  })

  test('definitions that AWS would refuse are refused with the value seen', () => {
    const { messaging } = open()
    expect(() => messaging.createQueue({ name: 'x.fifo' })).toThrow(/FIFO/)
    expect(() => messaging.createQueue({ name: 'q', visibilityTimeoutSeconds: 43_201 })).toThrow(/43201/)
  })
})

describe('seeded faults', () => {
  test('with double at 1 every message is received exactly twice, also after it was deleted', async () => {
    const { messaging, faults, clock } = open()
    faults.messages.double = 1
    const queue = messaging.createQueue({ name: 'q' })
    for (let n = 0; n < 50; n++) queue.send(`m${n}`)
    const seen = new Map<string, number>()
    for (let round = 0; round < 5; round++) {
      await clock.advance(10)
      for (const { body, receiptHandle } of queue.receive({ max: 100 })) {
        seen.set(body, (seen.get(body) ?? 0) + 1)
        queue.delete(receiptHandle)
      }
    }
    expect(new Set(seen.values())).toEqual(new Set([2]))
    expect(seen.size).toBe(50)
    await queue.empty()
  })

  test('reorder takes messages in an order of the seed', async () => {
    const order = async (seed: number): Promise<string[]> => {
      const { messaging, faults } = open({ seed })
      faults.messages.reorder = true
      const queue = messaging.createQueue({ name: 'q' })
      for (let n = 0; n < 9; n++) queue.send(`${n}`)
      await settle()
      return queue.receive({ max: 10 }).map(({ body }) => body)
    }
    const once = await order(7)
    expect(await order(7)).toEqual(once)
    expect(once).not.toEqual([...once].sort())
    expect(await order(8)).not.toEqual(once)
  })

  test('a throttled publish is the exception that SDKs retry', async () => {
    const { sns, faults, messaging } = open()
    faults.messages.throttle = 1
    const { arn } = messaging.createTopic({ name: 't' })
    await expect(sns.send(new PublishCommand({ TopicArn: arn, Message: 'm' }))).rejects.toMatchObject({
      name: 'ThrottledException',
      $metadata: { httpStatusCode: 429 },
    })
  })
})

describe('a function subscribed to a topic', () => {
  test('gets one record an invocation, and again after a failure', async () => {
    const events: { Records: { EventSource: string; Sns: { Message: string } }[] }[] = []
    const target = open({
      invoke: (functionArn, event) => {
        events.push(event as (typeof events)[number])
        return events.length === 1 ? Promise.reject(new Error(`${functionArn} failed`)) : Promise.resolve()
      },
    })
    const { arn } = target.createTopic('t')
    target.subscribe({
      topicArn: arn,
      protocol: 'lambda',
      endpoint: 'arn:aws:lambda:eu-west-1:000000000000:function:f',
    })
    await target.sns.send(new PublishCommand({ TopicArn: arn, Message: 'hello' }))
    await target.clock.advance(61_000)
    expect(events).toHaveLength(2)
    expect(events[1]?.Records[0]).toMatchObject({
      EventSource: 'aws:sns',
      Sns: { Message: 'hello', Type: 'Notification' },
    })
    await target.clock.advance(600_000)
    expect(events).toHaveLength(2)
  })
})

describe('details of the protocols', () => {
  test('the MD5 of attributes is the one that AWS documents, binary values included', () => {
    expect(
      attributesMd5({
        text: { DataType: 'String', StringValue: 'v' },
        bytes: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]).toString('base64') },
      }),
    ).toBe(
      createHash('md5')
        .update(Buffer.from('\0\0\0\x05bytes\0\0\0\x06Binary\x02\0\0\0\x02\x01\x02', 'latin1'))
        .update(Buffer.from('\0\0\0\x04text\0\0\0\x06String\x01\0\0\0\x01v', 'latin1'))
        .digest('hex'),
    )
  })

  test('a form writes a space as plus or as %20', () => {
    expect([...readQuery(Buffer.from('Message=a+b%20c%2Bd&Empty=&Flag'))]).toEqual([
      ['Message', 'a b c+d'],
      ['Empty', ''],
      ['Flag', ''],
    ])
  })

  test('a message that is due earlier than the others is not held back by them', async () => {
    const { messaging, clock } = open()
    const queue = messaging.createQueue({ name: 'q' })
    queue.send('late', { delaySeconds: 600 })
    await settle()
    queue.send('early', { delaySeconds: 5 })
    let isReady = false
    queue.onReady(() => (isReady = true))
    await clock.advance(6_000)
    expect(isReady).toBe(true)
  })

  test('an unknown operation is an error, not a crash', async () => {
    const { messaging } = open()
    const request = {
      method: 'POST',
      path: '/',
      query: {},
      headers: { 'x-amz-target': 'AmazonSQS.constructor' },
    }
    expect(await messaging.sqs({ ...request, body: Buffer.from('{}') })).toMatchObject({ statusCode: 400 })
    expect(await messaging.sqs({ ...request, body: Buffer.from('{') })).toMatchObject({ statusCode: 400 })
    expect(await messaging.sns({ ...request, body: Buffer.from('Action=constructor') })).toMatchObject({
      statusCode: 400,
    })
    expect(await messaging.sns({ ...request, body: Buffer.from('Action=%zz') })).toMatchObject({
      statusCode: 400,
    })
  })
})

test('every message whose send was answered is there after SIGKILL', async () => {
  const dataFile = join(folder(), 'messages.db')
  const child = spawn(process.execPath, [join(import.meta.dirname, 'durability.fixture.ts'), dataFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const answered: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    answered.push(line)
    if (answered.length === 2_000) child.kill('SIGKILL')
  }
  expect(answered.length).toBeGreaterThanOrEqual(2_000)
  const { messaging } = open({ dataFile })
  const queue = messaging.createQueue({ name: 'q' })
  const kept = new Set(queue.receive({ max: 1_000_000 }).map(({ body }) => body))
  expect(answered.filter((body) => !kept.has(body))).toEqual([])
})
