/** Publish: `POST /topics/{topic}`. docs/aws-iot-core.md §7. */
import type { AwsRequest, AwsResponse } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import { messageProblem, type MessageProperties, type NewMessage, newMessage } from '../message.ts'
import { payloadBytesMax } from '../limits.ts'
import { publish } from '../publish.ts'
import { isReserved, topicNameProblem } from '../topics/topic-name.ts'
import { answerOk, DataPlaneError } from './answer.ts'
import { pathRest, queryBoolean, queryNumber, queryValue } from './request.ts'

export function publishOperation(broker: Broker, request: AwsRequest): AwsResponse {
  const topic = pathRest(request.path, '/topics/')
  const problem =
    topicNameProblem(topic) ??
    (isReserved(topic) ? 'this broker has no $ topics to publish to yet' : undefined)
  if (problem !== undefined)
    throw new DataPlaneError(
      'InvalidRequestException',
      `topic ${JSON.stringify(topic.slice(0, 300))}: ${problem}`,
    )
  if (request.body.length > payloadBytesMax)
    throw new DataPlaneError(
      'RequestEntityTooLargeException',
      `the payload has ${request.body.length} bytes; AWS takes ${payloadBytesMax}`,
    )
  const published: NewMessage = {
    topic,
    payload: request.body,
    qos: queryNumber(request, 'qos', 0, 1) === 1 ? 1 : 0,
    retain: queryBoolean(request, 'retain') ?? false,
    properties: readProperties(request),
    expirySeconds: queryNumber(request, 'messageExpiry', 0, Number.MAX_SAFE_INTEGER),
  }
  const tooLarge = messageProblem(published)
  if (tooLarge !== undefined) throw new DataPlaneError('InvalidRequestException', tooLarge)
  const now = broker.settings.clock.now()
  if (publish(broker, newMessage(published, now), now) === 'throttled')
    throw new DataPlaneError(
      'ThrottlingException',
      `a retained message a second and topic is what AWS takes, on ${topic} too: send it again later`,
    )
  return answerOk()
}

function readProperties(request: AwsRequest): MessageProperties {
  const contentType = queryValue(request, 'contentType')
  const responseTopic = queryValue(request, 'responseTopic')
  const indicator = request.headers['x-amz-mqtt5-payload-format-indicator']
  const correlationData = request.headers['x-amz-mqtt5-correlation-data']
  const userProperties = request.headers['x-amz-mqtt5-user-properties']
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(indicator === undefined ? {} : { payloadFormatIndicator: indicator === 'UTF8_DATA' }),
    ...(correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData, 'base64') }),
    ...(userProperties === undefined ? {} : { userProperties: readUserProperties(userProperties) }),
  }
}

/** Base64 of `[{"name":"value"}, …]`, in which a name may come again. */
function readUserProperties(base64: string): Record<string, string[]> {
  const properties: Record<string, string[]> = Object.create(null) as Record<string, string[]>
  let list: unknown
  try {
    list = JSON.parse(Buffer.from(base64, 'base64').toString())
  } catch {
    list = undefined
  }
  if (!Array.isArray(list))
    throw new DataPlaneError('InvalidRequestException', 'userProperties is not a JSON list of objects')
  for (const pair of list as unknown[])
    for (const [name, value] of Object.entries(pair ?? {})) {
      if (typeof value !== 'string')
        throw new DataPlaneError('InvalidRequestException', `userProperties: ${name} is not a string`)
      ;(properties[name] ??= []).push(value)
    }
  return properties
}
