import type { AwsResponse, AwsService } from '../aws.ts'
import type { Chance } from '../chance.ts'
import type { Faults } from '../faults.ts'
import { AwsServiceError } from './aws-json.ts'
import { escapeXml, queryAnswer, queryError, readMembers, readQuery } from './aws-query.ts'
import { messagingLimits } from './limits.ts'
import { attributesBytes, attributesFault } from './message-attributes.ts'
import type { MessageAttribute, MessageAttributes } from './message-attributes.ts'
import type { LocalTopic, Publication } from './topic.ts'

export interface SnsServiceOptions {
  readonly topics: ReadonlyMap<string, LocalTopic>
  readonly chance: Chance
  readonly faults: Pick<Faults, 'messages'>
  readonly log: (message: string) => void
  /** Resolves when what was published so far is on disk. */
  readonly committed: () => Promise<void>
}

type Parameters = ReadonlyMap<string, string>

const namespace = 'http://sns.amazonaws.com/doc/2010-03-31/'

const invalid = (reason: string): AwsServiceError =>
  new AwsServiceError('InvalidParameter', `Invalid parameter: ${reason}`)

/** SNS's API (AWS Query) on local topics. An answer waits until every queue that the message reached has it on disk. */
export function snsService(options: SnsServiceOptions): AwsService {
  const { topics, chance, faults } = options

  const publish = async (parameters: Parameters): Promise<string> => {
    const topic = topicOf(topics, parameters)
    const publication = readPublication(parameters)
    if (publicationBytes(publication) > messagingLimits.snsMessageBytes) throw invalid('Message too long')
    const messageId = topic.publish(publication)
    await options.committed()
    return `<MessageId>${messageId}</MessageId>`
  }

  const publishBatch = async (parameters: Parameters): Promise<string> => {
    const topic = topicOf(topics, parameters)
    const entries = readMembers(parameters, 'PublishBatchRequestEntries.member.')
    checkBatch(entries)
    const successful: string[] = []
    const failed: string[] = []
    for (const entry of entries) {
      const id = `<Id>${escapeXml(entry.get('Id') ?? '')}</Id>`
      try {
        const messageId = topic.publish(readPublication(entry))
        successful.push(`<member>${id}<MessageId>${messageId}</MessageId></member>`)
      } catch (error) {
        if (!(error instanceof AwsServiceError)) throw error
        failed.push(
          `<member>${id}<Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message><SenderFault>true</SenderFault></member>`,
        )
      }
    }
    await options.committed()
    return `<Successful>${successful.join('')}</Successful><Failed>${failed.join('')}</Failed>`
  }

  const actions: Readonly<Record<string, (parameters: Parameters) => Promise<string>>> = {
    Publish: publish,
    PublishBatch: publishBatch,
  }

  return async (request): Promise<AwsResponse> => {
    try {
      const parameters = readQuery(request.body)
      const action = parameters.get('Action') ?? ''
      const run = Object.hasOwn(actions, action) ? actions[action] : undefined
      if (!run) {
        throw new AwsServiceError('InvalidAction', `The operation ${action} is not part of the local AWS.`)
      }
      if (chance.happens(faults.messages.throttle)) {
        throw new AwsServiceError('Throttled', 'Rate exceeded', { statusCode: 429 })
      }
      return queryAnswer(namespace, action, await run(parameters))
    } catch (error) {
      if (error instanceof AwsServiceError) return queryError(namespace, error)
      if (error instanceof URIError)
        return queryError(namespace, invalid('the form is not percent-encoded UTF-8'))
      options.log(`sns: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      return queryError(
        namespace,
        new AwsServiceError('InternalError', 'We encountered an internal error.', { statusCode: 500 }),
      )
    }
  }
}

function topicOf(topics: ReadonlyMap<string, LocalTopic>, parameters: Parameters): LocalTopic {
  const arn = parameters.get('TopicArn') ?? parameters.get('TargetArn')
  if (arn === undefined) throw invalid('TopicArn or TargetArn Reason: no value for required parameter')
  const topic = topics.get(arn)
  if (!topic) throw new AwsServiceError('NotFound', 'Topic does not exist', { statusCode: 404 })
  return topic
}

function readPublication(parameters: Parameters): Publication {
  const message = parameters.get('Message')
  if (message === undefined || message === '') throw invalid('Empty message')
  const subject = parameters.get('Subject')
  if (subject !== undefined && !isSubject(subject)) throw invalid('Subject')
  const attributes = readAttributes(parameters)
  const fault = attributes && attributesFault(attributes, Number.POSITIVE_INFINITY)
  if (fault !== undefined) throw new AwsServiceError('ParameterValueInvalid', fault, { statusCode: 400 })
  return {
    message,
    subject,
    attributes,
    forQueues: parameters.get('MessageStructure') === 'json' ? queueText(message) : undefined,
  }
}

/** SNS's rule: 1 to 100 printable ASCII characters that begin with a letter, digit or punctuation. */
const isSubject = (subject: string): boolean =>
  subject.length <= messagingLimits.subjectCharacters && /^[!-~][ -~]*$/.test(subject)

function queueText(message: string): string {
  let structure: unknown
  try {
    structure = JSON.parse(message)
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse')
  }
  const texts = (structure ?? {}) as { default?: unknown; sqs?: unknown }
  if (typeof texts.default !== 'string')
    throw invalid('Message Structure - No default entry in JSON message body')
  return typeof texts.sqs === 'string' ? texts.sqs : texts.default
}

function readAttributes(parameters: Parameters): MessageAttributes | undefined {
  const entries = readMembers(parameters, 'MessageAttributes.entry.')
  if (entries.length === 0) return undefined
  const attributes: Record<string, MessageAttribute> = {}
  for (const entry of entries) {
    const text = entry.get('Value.StringValue')
    const binary = entry.get('Value.BinaryValue')
    attributes[entry.get('Name') ?? ''] = {
      DataType: entry.get('Value.DataType') ?? '',
      ...(text !== undefined && { StringValue: text }),
      ...(binary !== undefined && { BinaryValue: binary }),
    }
  }
  return attributes
}

function publicationBytes({ message, attributes }: Publication): number {
  return Buffer.byteLength(message) + attributesBytes(attributes)
}

function checkBatch(entries: readonly Parameters[]): void {
  if (entries.length === 0) {
    throw new AwsServiceError('EmptyBatchRequest', "The batch request doesn't contain any entries.")
  }
  if (entries.length > messagingLimits.batchEntries) {
    throw new AwsServiceError(
      'TooManyEntriesInBatchRequest',
      'The batch request contains more entries than permissible.',
    )
  }
  const ids = new Set(entries.map((entry) => entry.get('Id') ?? ''))
  if (ids.size < entries.length) {
    throw new AwsServiceError(
      'BatchEntryIdsNotDistinct',
      'Two or more batch entries in the request have the same Id.',
    )
  }
  if ([...ids].some((id) => !/^[A-Za-z0-9_-]{1,80}$/.test(id))) {
    throw new AwsServiceError(
      'InvalidBatchEntryId',
      "The Id of a batch entry in a batch request doesn't abide by the specification.",
    )
  }
  const bytes = entries.reduce(
    (sum, entry) =>
      sum + Buffer.byteLength(entry.get('Message') ?? '') + attributesBytes(readAttributes(entry)),
    0,
  )
  if (bytes > messagingLimits.snsMessageBytes) {
    throw new AwsServiceError(
      'BatchRequestTooLong',
      'The length of all the batch messages put together is more than the limit.',
    )
  }
}
