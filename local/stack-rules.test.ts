import { expect, test } from 'vitest'
import { seededChance } from './chance.ts'
import { systemClock } from './clock.ts'
import { noFaults } from './faults.ts'
import { createMessaging } from './messaging/index.ts'
import { type RuleParts, ruleTargets } from './stack-rules.ts'

// docs/aws-iot-core.md §9

test("§9 rules reach the stack's functions, queues and topics, and are told when they do not", async () => {
  const messaging = createMessaging({
    dataFile: ':memory:',
    clock: systemClock,
    chance: seededChance(1),
    faults: noFaults(),
    log: () => undefined,
  })
  try {
    const queue = messaging.createQueue({ name: 'seen' })
    const { arn: topicArn } = messaging.createTopic({ name: 'told' })
    messaging.subscribe({ topicArn, protocol: 'sqs', endpoint: queue.arn, rawMessageDelivery: true })
    const invoked: unknown[] = []
    const parts = {
      messaging,
      template: { functions: { till: { key: 'till', arn: 'arn:till' } } },
      host: { invoke: async (...given: unknown[]) => invoked.push(given) },
    } as unknown as RuleParts
    let started: RuleParts | undefined
    const targets = ruleTargets(() => started)
    await expect(targets.sqs(queue.url, 'early')).rejects.toThrow('still starting')
    started = parts
    await targets.sqs(queue.url, 'by queue')
    await targets.sns(topicArn, 'by & topic', undefined)
    await targets.lambda('arn:till', { a: 1 })
    expect(invoked).toEqual([['till', { a: 1 }]])
    const received = queue.receive({ max: 10 })
    expect(received.map(({ body }) => body).sort()).toEqual(['by & topic', 'by queue'])
    await expect(targets.lambda('arn:other', {})).rejects.toThrow('no function')
    await expect(targets.sqs('https://sqs/0/other', 'x')).rejects.toThrow('does not exist')
    await expect(targets.sns(`${topicArn}2`, 'x', undefined)).rejects.toThrow('SNS answered 404')
  } finally {
    messaging.close()
  }
})
