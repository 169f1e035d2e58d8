import type { AwsService } from '../aws.ts'
import type { Clock } from '../clock.ts'
import { AwsServiceError, awsJsonService } from './aws-json.ts'
import type { Input } from './aws-json.ts'
import { messagingLimits } from './limits.ts'
import type { MessageAttributes } from './message-attributes.ts'
import { attributesBytes, attributesFault, attributesMd5 } from './message-attributes.ts'
import { moveTasks } from './move-tasks.ts'
import { queueAttributes, receivedMessage, selected } from './queue-attributes.ts'
import { bodyMd5, isOverInFlightLimit } from './queue.ts'
import type { LocalQueue, ReceivedMessage, ReceiveOptions } from './queue.ts'
import { sqsErrors } from './sqs-errors.ts'

export interface SqsServiceOptions {
  readonly queues: ReadonlyMap<string, LocalQueue>
  readonly clock: Clock
  readonly log: (message: string) => void
  /** Resolves when the service stops: long polls then end with what they have. */
  readonly closed: Promise<void>
}

/** SQS's API (AWS JSON 1.0) on local queues. Every answer to a write waits until the write is on disk. */
export function sqsService({ queues, clock, log, closed }: SqsServiceOptions): AwsService {
  const queueOf = (input: Input): LocalQueue => {
    // The account and the host are not compared: only the endpoint differs between here and AWS.
    const queue = queues.get(input.text('QueueUrl').split('/').at(-1) ?? '')
    if (!queue) throw sqsErrors.noSuchQueue()
    return queue
  }

  return awsJsonService({
    version: '1.0',
    namespace: 'com.amazonaws.sqs',
    invalidCode: 'InvalidParameterValue',
    log,
    operations: {
      ...moveTasks(queues, clock),

      GetQueueUrl: (input) => {
        const queue = queues.get(input.text('QueueName'))
        if (!queue) throw sqsErrors.noSuchQueue()
        return { QueueUrl: queue.url }
      },

      ListQueues: (input) => {
        const prefix = input.optional('QueueNamePrefix') ?? ''
        const urls = [...queues.values()].filter(({ name }) => name.startsWith(prefix)).map(({ url }) => url)
        return urls.length > 0 ? { QueueUrls: urls } : {}
      },

      GetQueueAttributes: (input) => {
        const wanted = input.texts('AttributeNames')
        const attributes = Object.entries(queueAttributes(queueOf(input))).filter(([name]) =>
          selected(name, wanted),
        )
        return attributes.length > 0 ? { Attributes: Object.fromEntries(attributes) } : {}
      },

      PurgeQueue: async (input) => {
        const queue = queueOf(input)
        queue.purge()
        await queue.committed()
        return {}
      },

      SendMessage: async (input) => {
        const queue = queueOf(input)
        const answer = send(queue, readMessage(input))
        await queue.committed()
        return answer
      },

      SendMessageBatch: async (input) => {
        const queue = queueOf(input)
        const entries = batchEntries(input)
        const bytes = entries.reduce((sum, { entry }) => sum + messageBytes(entry), 0)
        if (bytes > messagingLimits.sqsMessageBytes) {
          throw sqsErrors.batchTooLong(bytes, messagingLimits.sqsMessageBytes)
        }
        const answer = eachEntry(entries, (entry) => send(queue, readMessage(entry)))
        await queue.committed()
        return answer
      },

      ReceiveMessage: async (input) => {
        const queue = queueOf(input)
        if (isOverInFlightLimit(queue.counts())) throw sqsErrors.overLimit()
        const max = input.integer('MaxNumberOfMessages', 1, 1, messagingLimits.batchEntries)
        const waitSeconds = input.integer(
          'WaitTimeSeconds',
          queue.settings.receiveWaitSeconds,
          0,
          messagingLimits.receiveWaitSeconds,
        )
        const visibility = input.integer(
          'VisibilityTimeout',
          undefined,
          0,
          messagingLimits.visibilityTimeoutSeconds,
        )
        const options = { max, ...(visibility !== undefined && { visibilityMs: visibility * 1000 }) }
        const wantedSystem = [...input.texts('MessageSystemAttributeNames'), ...input.texts('AttributeNames')]
        const wantedMessage = input.texts('MessageAttributeNames')
        const messages = await longPoll(queue, options, waitSeconds * 1000, clock, closed)
        if (messages.length === 0) return {}
        await queue.committed()
        return { Messages: messages.map((message) => receivedMessage(message, wantedSystem, wantedMessage)) }
      },

      DeleteMessage: async (input) => {
        const queue = queueOf(input)
        deleteMessage(queue, input)
        await queue.committed()
        return {}
      },

      DeleteMessageBatch: async (input) => {
        const queue = queueOf(input)
        const answer = eachEntry(batchEntries(input), (entry) => deleteMessage(queue, entry))
        await queue.committed()
        return answer
      },

      ChangeMessageVisibility: (input) => changeVisibility(queueOf(input), input),

      ChangeMessageVisibilityBatch: (input) => {
        const queue = queueOf(input)
        return eachEntry(batchEntries(input), (entry) => changeVisibility(queue, entry))
      },
    },
  })
}

interface NewMessage {
  readonly body: string
  readonly attributes: MessageAttributes | undefined
  readonly traceHeader: string | undefined
  readonly delaySeconds: number | undefined
}

function readMessage(input: Input): NewMessage {
  const body = input.optional('MessageBody')
  if (body === undefined || body === '') throw sqsErrors.missingParameter('MessageBody')
  const attributes = input.structure('MessageAttributes') as MessageAttributes | undefined
  const fault = attributes && attributesFault(attributes, messagingLimits.messageAttributes)
  if (fault !== undefined) throw sqsErrors.invalidParameter(fault)
  if (messageBytes(input) > messagingLimits.sqsMessageBytes) {
    throw sqsErrors.invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${messagingLimits.sqsMessageBytes} bytes.`,
    )
  }
  const trace = input.structure('MessageSystemAttributes')?.['AWSTraceHeader'] as
    | { StringValue?: string }
    | undefined
  return {
    body,
    attributes: attributes && Object.keys(attributes).length > 0 ? attributes : undefined,
    traceHeader: trace?.StringValue,
    delaySeconds: input.integer('DelaySeconds', undefined, 0, messagingLimits.delaySeconds),
  }
}

function messageBytes(input: Input): number {
  const attributes = input.structure('MessageAttributes') as MessageAttributes | undefined
  return Buffer.byteLength(input.optional('MessageBody') ?? '') + attributesBytes(attributes)
}

function send(queue: LocalQueue, message: NewMessage): object {
  const messageId = queue.send(message.body, {
    ...(message.attributes && { attributes: message.attributes }),
    ...(message.traceHeader !== undefined && { traceHeader: message.traceHeader }),
    ...(message.delaySeconds !== undefined && { delaySeconds: message.delaySeconds }),
  })
  return {
    MessageId: messageId,
    MD5OfMessageBody: bodyMd5(message.body),
    ...(message.attributes && { MD5OfMessageAttributes: attributesMd5(message.attributes) }),
  }
}

function deleteMessage(queue: LocalQueue, input: Input): object {
  const handle = input.text('ReceiptHandle')
  if (!queue.delete(handle)) throw sqsErrors.badHandle(handle)
  return {}
}

function changeVisibility(queue: LocalQueue, input: Input): object {
  const handle = input.text('ReceiptHandle')
  const seconds = input.integer('VisibilityTimeout', undefined, 0, messagingLimits.visibilityTimeoutSeconds)
  if (seconds === undefined) throw sqsErrors.missingParameter('VisibilityTimeout')
  const outcome = queue.changeVisibility(handle, seconds * 1000)
  if (outcome === 'no such handle') throw sqsErrors.badHandle(handle)
  if (outcome === 'not in flight') throw sqsErrors.notInFlight()
  return {}
}

interface BatchEntry {
  readonly id: string
  readonly entry: Input
}

function batchEntries(input: Input): BatchEntry[] {
  const entries = input.list('Entries').map((entry) => ({ id: entry.text('Id'), entry }))
  if (entries.length === 0) throw sqsErrors.emptyBatch()
  if (entries.length > messagingLimits.batchEntries) throw sqsErrors.tooManyEntries(entries.length)
  const ids = new Set<string>()
  for (const { id } of entries) {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(id)) throw sqsErrors.badEntryId()
    if (ids.has(id)) throw sqsErrors.idsNotDistinct(id)
    ids.add(id)
  }
  return entries
}

/** Carries out each entry; one that is refused does not stop the others. */
function eachEntry(entries: readonly BatchEntry[], run: (entry: Input) => object): object {
  const successful: object[] = []
  const failed: object[] = []
  for (const { id, entry } of entries) {
    try {
      successful.push({ Id: id, ...run(entry) })
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error
      failed.push({ Id: id, SenderFault: true, Code: error.queryCode ?? error.code, Message: error.message })
    }
  }
  return { Successful: successful, Failed: failed }
}

/** What is visible, or what becomes visible within `waitMs`. */
function longPoll(
  queue: LocalQueue,
  options: ReceiveOptions,
  waitMs: number,
  clock: Clock,
  closed: Promise<void>,
): ReceivedMessage[] | Promise<ReceivedMessage[]> {
  const messages = queue.receive(options)
  if (messages.length > 0 || waitMs === 0) return messages
  return new Promise((resolve) => {
    const finish = (messages: ReceivedMessage[]): void => {
      stopListening()
      cancel()
      resolve(messages)
    }
    const stopListening = queue.onReady(() => {
      const messages = queue.receive(options)
      if (messages.length > 0) finish(messages)
    })
    const cancel = clock.after(waitMs, () => finish([]))
    void closed.then(() => finish([]))
  })
}
