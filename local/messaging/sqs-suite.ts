import assert from 'node:assert/strict'
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { bodies, failsWith, first, receive, send } from './suite-case.ts'
import type { MessagingCase } from './suite-case.ts'

/** What a queue does. */
export const sqsCases: readonly MessagingCase[] = [
  {
    name: 'a message is sent, received with its attributes, and deleted',
    async run(target) {
      const { url } = target.createQueue({ name: 'roundtrip' })
      const sent = await target.sqs.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageBody: 'Grüße, 世界 <&>',
          MessageAttributes: {
            colour: { DataType: 'String', StringValue: 'red' },
            size: { DataType: 'Number', StringValue: '12.5' },
            raw: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 255]) },
          },
        }),
      )
      const message = first(
        await receive(target, url, { MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] }),
      )
      assert.equal(message.Body, 'Grüße, 世界 <&>')
      assert.equal(message.MessageId, sent.MessageId)
      assert.equal(message.MD5OfMessageAttributes, sent.MD5OfMessageAttributes)
      assert.equal(message.MessageAttributes?.['size']?.StringValue, '12.5')
      assert.deepEqual([...(message.MessageAttributes?.['raw']?.BinaryValue ?? [])], [1, 2, 255])
      assert.equal(message.Attributes?.ApproximateReceiveCount, '1')
      assert.match(message.Attributes?.SentTimestamp ?? '', /^\d{13}$/)
      await target.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }))
      const { Attributes } = await target.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
      )
      assert.equal(Attributes?.['ApproximateNumberOfMessages'], '0')
      assert.equal(Attributes?.['ApproximateNumberOfMessagesNotVisible'], '0')
    },
  },
  {
    name: 'attributes come only when they are asked for, by name or prefix',
    async run(target) {
      const { url } = target.createQueue({ name: 'selection', visibilityTimeoutSeconds: 0 })
      const attribute = { DataType: 'String', StringValue: 'x' }
      await target.sqs.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageBody: 'm',
          MessageAttributes: { 'a.one': attribute, 'a.two': attribute, b: attribute },
        }),
      )
      const names = async (wanted: string[]): Promise<string[]> =>
        Object.keys(
          first(await receive(target, url, { MessageAttributeNames: wanted })).MessageAttributes ?? {},
        )
      assert.deepEqual(await names([]), [])
      assert.deepEqual(await names(['b']), ['b'])
      assert.deepEqual((await names(['a.*'])).sort(), ['a.one', 'a.two'])
    },
  },
  {
    name: 'a received message is hidden for the visibility time-out, then received again',
    async run(target) {
      const { url } = target.createQueue({ name: 'hidden', visibilityTimeoutSeconds: 1 })
      await send(target, url, 'm')
      first(await receive(target, url))
      assert.deepEqual(await receive(target, url), [])
      await target.pass(1_100)
      const again = first(
        await receive(target, url, { MessageSystemAttributeNames: ['ApproximateReceiveCount'] }),
      )
      assert.equal(again.Attributes?.ApproximateReceiveCount, '2')
    },
  },
  {
    name: 'the visibility of a message in flight can be ended, or prolonged',
    async run(target) {
      const { url } = target.createQueue({ name: 'changed', visibilityTimeoutSeconds: 1 })
      await send(target, url, 'm')
      const { ReceiptHandle } = first(await receive(target, url))
      await target.sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }),
      )
      const again = first(await receive(target, url))
      await target.sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: url,
          Entries: [{ Id: 'one', ReceiptHandle: again.ReceiptHandle, VisibilityTimeout: 3 }],
        }),
      )
      await target.pass(1_500)
      assert.deepEqual(await receive(target, url), [])
      await target.pass(2_000)
      assert.deepEqual(bodies(await receive(target, url)), ['m'])
    },
  },
  {
    name: 'a delayed message appears after its delay',
    async run(target) {
      const { url } = target.createQueue({ name: 'delayed' })
      await target.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'later', DelaySeconds: 1 }))
      assert.deepEqual(await receive(target, url), [])
      await target.pass(1_100)
      assert.deepEqual(bodies(await receive(target, url)), ['later'])
    },
  },
  {
    name: 'a long poll is answered as soon as a message is there',
    async run(target) {
      const { url } = target.createQueue({ name: 'polled' })
      const polled = receive(target, url, { WaitTimeSeconds: 20 })
      await target.pass(50)
      await send(target, url, 'm')
      assert.deepEqual(bodies(await polled), ['m'])
    },
  },
  {
    name: 'a message received too often goes to the dead-letter queue, alone',
    async run(target) {
      const dead = target.createQueue({ name: 'dead' })
      const { url } = target.createQueue({
        name: 'poisoned',
        visibilityTimeoutSeconds: 0,
        redrive: { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 },
      })
      await send(target, url, 'poison')
      for (let attempt = 0; attempt < 2; attempt++)
        assert.deepEqual(bodies(await receive(target, url)), ['poison'])
      assert.deepEqual(await receive(target, url), [])
      await send(target, url, 'good')
      assert.deepEqual(bodies(await receive(target, dead.url)), ['poison'])
      assert.deepEqual(bodies(await receive(target, url)), ['good'])
    },
  },
  {
    name: 'batches answer each entry, and their limits hold',
    async run(target) {
      const { url } = target.createQueue({ name: 'batches' })
      const entries = Array.from({ length: 10 }, (_, index) => ({
        Id: `e${index}`,
        MessageBody: `m${index}`,
      }))
      const sent = await target.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }))
      assert.equal(sent.Successful?.length, 10)
      const messages = await receive(target, url)
      assert.equal(messages.length, 10)
      const deleted = await target.sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl: url,
          Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: `d${index}`, ReceiptHandle })),
        }),
      )
      assert.equal(deleted.Successful?.length, 10)
      const send = (Entries: { Id: string; MessageBody: string }[]) =>
        target.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))
      await assert.rejects(send([]), failsWith('EmptyBatchRequest'))
      await assert.rejects(
        send([...entries, { Id: 'x', MessageBody: 'm' }]),
        failsWith('TooManyEntriesInBatchRequest'),
      )
      const twice = { Id: 'same', MessageBody: 'm' }
      await assert.rejects(send([twice, twice]), failsWith('BatchEntryIdsNotDistinct'))
      const half = 'x'.repeat(600_000)
      await assert.rejects(
        send([
          { Id: 'a', MessageBody: half },
          { Id: 'b', MessageBody: half },
        ]),
        failsWith('BatchRequestTooLong'),
      )
    },
  },
  {
    name: 'what is too large is refused, what just fits is taken',
    async run(target) {
      const { url } = target.createQueue({ name: 'sizes' })
      await send(target, url, 'x'.repeat(1_048_576))
      await assert.rejects(send(target, url, 'x'.repeat(1_048_577)), failsWith('InvalidParameterValue'))
    },
  },
  {
    name: 'queues are found by name and prefix, and a missing one is an error of its own class',
    async run(target) {
      const { url } = target.createQueue({ name: 'findable-one' })
      target.createQueue({ name: 'findable-two' })
      assert.equal(
        (await target.sqs.send(new GetQueueUrlCommand({ QueueName: 'findable-one' }))).QueueUrl,
        url,
      )
      const list = await target.sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'findable-' }))
      assert.equal(list.QueueUrls?.length, 2)
      await assert.rejects(
        target.sqs.send(new GetQueueUrlCommand({ QueueName: 'missing' })),
        failsWith('QueueDoesNotExist'),
      )
      await assert.rejects(
        send(target, url.replace('findable-one', 'missing'), 'm'),
        failsWith('QueueDoesNotExist'),
      )
    },
  },
  {
    name: 'a purge empties a queue',
    async run(target) {
      const { url } = target.createQueue({ name: 'purged' })
      await send(target, url, 'a', 'b')
      await target.sqs.send(new PurgeQueueCommand({ QueueUrl: url }))
      assert.deepEqual(await receive(target, url), [])
    },
  },
  {
    name: 'an outdated or foreign receipt handle deletes nothing',
    async run(target) {
      const { url } = target.createQueue({ name: 'handles', visibilityTimeoutSeconds: 0 })
      await send(target, url, 'm')
      const old = first(await receive(target, url))
      first(await receive(target, url))
      await target.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: old.ReceiptHandle }))
      assert.deepEqual(bodies(await receive(target, url)), ['m'])
      await assert.rejects(
        target.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: 'nonsense' })),
        failsWith('ReceiptHandleIsInvalid'),
      )
    },
  },
]
