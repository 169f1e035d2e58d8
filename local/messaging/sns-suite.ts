import assert from 'node:assert/strict'
import { PublishBatchCommand, PublishCommand } from '@aws-sdk/client-sns'
import { bodies, failsWith, first, receive } from './suite-case.ts'
import type { MessagingCase } from './suite-case.ts'

/** What a topic does. */
export const snsCases: readonly MessagingCase[] = [
  {
    name: 'a publish that is too large is refused, one that just fits is taken',
    async run(target) {
      const topic = target.createTopic('sizes')
      await target.sns.send(new PublishCommand({ TopicArn: topic.arn, Message: 'x'.repeat(262_144) }))
      await assert.rejects(
        target.sns.send(new PublishCommand({ TopicArn: topic.arn, Message: 'x'.repeat(262_145) })),
        failsWith('InvalidParameterException'),
      )
    },
  },
  {
    name: 'a topic delivers raw messages with their attributes, and envelopes',
    async run(target) {
      const raw = target.createQueue({ name: 'raw' })
      const wrapped = target.createQueue({ name: 'wrapped' })
      const topic = target.createTopic('both')
      target.subscribe({ topicArn: topic.arn, protocol: 'sqs', endpoint: raw.arn, rawMessageDelivery: true })
      target.subscribe({ topicArn: topic.arn, protocol: 'sqs', endpoint: wrapped.arn })
      const text = '{"name":"Zoë & <Co> + 100%"}'
      const { MessageId } = await target.sns.send(
        new PublishCommand({
          TopicArn: topic.arn,
          Message: text,
          Subject: 'Hello',
          MessageAttributes: { kind: { DataType: 'String', StringValue: 'gift' } },
        }),
      )
      const direct = first(await receive(target, raw.url, { MessageAttributeNames: ['All'] }))
      assert.equal(direct.Body, text)
      assert.equal(direct.MessageAttributes?.['kind']?.StringValue, 'gift')
      const envelope = JSON.parse(first(await receive(target, wrapped.url)).Body ?? '') as Record<
        string,
        unknown
      >
      assert.equal(envelope['Type'], 'Notification')
      assert.equal(envelope['MessageId'], MessageId)
      assert.equal(envelope['TopicArn'], topic.arn)
      assert.equal(envelope['Subject'], 'Hello')
      assert.equal(envelope['Message'], text)
      assert.deepEqual(envelope['MessageAttributes'], { kind: { Type: 'String', Value: 'gift' } })
    },
  },
  {
    name: 'filter policies on attributes and on the body choose who gets a message',
    async run(target) {
      const topic = target.createTopic('filtered')
      const subscribe = (
        name: string,
        filterPolicy: Readonly<Record<string, readonly unknown[]>>,
        filterPolicyScope: 'MessageAttributes' | 'MessageBody',
      ) => {
        const queue = target.createQueue({ name })
        target.subscribe({
          topicArn: topic.arn,
          protocol: 'sqs',
          endpoint: queue.arn,
          rawMessageDelivery: true,
          filterPolicy,
          filterPolicyScope,
        })
        return queue
      }
      const exact = subscribe('f-exact', { kind: ['gift', 'pledge'] }, 'MessageAttributes')
      const prefix = subscribe('f-prefix', { kind: [{ prefix: 'pl' }] }, 'MessageAttributes')
      const other = subscribe('f-other', { kind: [{ 'anything-but': ['gift'] }] }, 'MessageAttributes')
      const numeric = subscribe(
        'f-numeric',
        { amount: [{ numeric: ['>=', 100, '<', 200] }] },
        'MessageAttributes',
      )
      const absent = subscribe('f-absent', { kind: [{ exists: false }] }, 'MessageAttributes')
      const body = subscribe('f-body', { currency: ['EUR'] }, 'MessageBody')
      const publish = (Message: string, attributes: Record<string, string | number>) =>
        target.sns.send(
          new PublishCommand({
            TopicArn: topic.arn,
            Message,
            MessageAttributes: Object.fromEntries(
              Object.entries(attributes).map(([name, value]) => [
                name,
                { DataType: typeof value === 'number' ? 'Number' : 'String', StringValue: String(value) },
              ]),
            ),
          }),
        )
      await publish('{"currency":"EUR","n":1}', { kind: 'gift', amount: 100 })
      await publish('{"currency":"USD","n":2}', { kind: 'pledge', amount: 200 })
      await publish('not json', { other: 'x' })
      await publish('no attributes, so no attribute policy matches', {})
      const got = async (queue: { url: string }): Promise<number[]> =>
        (await receive(target, queue.url))
          .map(({ Body }) => Number(/"n":(\d)/.exec(Body ?? '')?.[1] ?? 3))
          .sort((a, b) => a - b)
      assert.deepEqual(await got(exact), [1, 2])
      assert.deepEqual(await got(prefix), [2])
      assert.deepEqual(await got(other), [2])
      assert.deepEqual(await got(numeric), [1])
      assert.deepEqual(await got(absent), [3])
      assert.deepEqual(await got(body), [1])
    },
  },
  {
    name: 'a batch of publishes answers each entry, and an unknown topic is an error of its own class',
    async run(target) {
      const queue = target.createQueue({ name: 'published' })
      const topic = target.createTopic('published')
      target.subscribe({
        topicArn: topic.arn,
        protocol: 'sqs',
        endpoint: queue.arn,
        rawMessageDelivery: true,
      })
      const answer = await target.sns.send(
        new PublishBatchCommand({
          TopicArn: topic.arn,
          PublishBatchRequestEntries: [
            { Id: 'a', Message: 'one' },
            { Id: 'b', Message: 'two' },
          ],
        }),
      )
      assert.deepEqual(
        answer.Successful?.map(({ Id }) => Id),
        ['a', 'b'],
      )
      assert.deepEqual(new Set(bodies(await receive(target, queue.url))), new Set(['one', 'two']))
      await assert.rejects(
        target.sns.send(new PublishCommand({ TopicArn: `${topic.arn}-missing`, Message: 'm' })),
        failsWith('NotFoundException'),
      )
    },
  },
]
