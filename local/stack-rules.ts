/** What the rules of IoT Core reach in the stack: its functions, queues and topics. */
import type { RuleTargets } from './iot/index.ts'
import type { LambdaHost } from './lambda/index.ts'
import type { Messaging } from './messaging/index.ts'
import type { Template } from './template/template.ts'

/** The broker starts before the parts that its rules reach; they are asked for at each action. */
export interface RuleParts {
  readonly template: Template
  readonly host: LambdaHost
  readonly messaging: Messaging
}

/** Rejects, so that an action is tried again, while a part has not started. */
export function ruleTargets(parts: () => RuleParts | undefined): Required<RuleTargets> {
  const started = (): RuleParts => {
    const found = parts()
    if (!found) throw new Error('the stack is still starting')
    return found
  }
  return {
    async lambda(functionArn, event) {
      const { template, host } = started()
      const found = Object.values(template.functions).find(({ arn }) => arn === functionArn)
      if (!found) throw new Error(`${functionArn} is no function of serverless.yml`)
      return host.invoke(found.key, event)
    },
    async sqs(queueUrl, body) {
      const queue = started().messaging.queue(queueUrl)
      queue.send(body)
      await queue.committed()
    },
    async sns(topicArn, message, structure) {
      const body = new URLSearchParams({
        Action: 'Publish',
        Version: '2010-03-31',
        TopicArn: topicArn,
        Message: message,
        ...(structure && { MessageStructure: structure }),
      })
      const answer = await started().messaging.sns({
        method: 'POST',
        path: '/',
        query: {},
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: Buffer.from(body.toString()),
      })
      if (answer.statusCode >= 300)
        throw new Error(
          `SNS answered ${answer.statusCode}: ${Buffer.from(answer.body).toString().slice(0, 500)}`,
        )
    },
  }
}
