import assert from 'node:assert/strict'
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import type { Message, ReceiveMessageCommandInput } from '@aws-sdk/client-sqs'
import type { MessagingTarget } from './suite-target.ts'

/** One behaviour that SNS and SQS have, whoever plays them. */
export interface MessagingCase {
  readonly name: string
  readonly run: (target: MessagingTarget) => Promise<void>
}

/** What one receive answers. */
export const receive = async (
  { sqs }: MessagingTarget,
  url: string,
  options: Partial<ReceiveMessageCommandInput> = {},
): Promise<Message[]> => {
  const command = new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, ...options })
  return (await sqs.send(command)).Messages ?? []
}

/** Sends each body, one after the other. */
export const send = async ({ sqs }: MessagingTarget, url: string, ...bodies: string[]): Promise<void> => {
  for (const body of bodies) await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }))
}

export const bodies = (messages: readonly Message[]): (string | undefined)[] =>
  messages.map(({ Body }) => Body)

/** The first message; it is an assertion that there is one. */
export const first = (messages: readonly Message[]): Message & { ReceiptHandle: string } => {
  const message = messages[0]
  assert.ok(message?.ReceiptHandle !== undefined, 'a message was received')
  return { ...message, ReceiptHandle: message.ReceiptHandle }
}

/** For assert.rejects: the SDK decoded this error. */
export const failsWith = (name: string) => (error: unknown) => {
  assert.ok(error instanceof Error)
  assert.equal(error.name, name)
  return true
}
