/** Publish: `POST /topics/{topic}`. docs/aws-iot-core.md §7. */
import type { AwsRequest, AwsResponse } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import { messageProblem, type NewMessage, newMessage } from '../message.ts'
import { payloadBytesMax } from '../limits.ts'
import type { Permissions } from '../policy/permissions.ts'
import { publish } from '../publish.ts'
import { basicIngest } from '../topics/basic-ingest.ts'
import { readShadowTopic } from '../shadows/shadow-topics.ts'
import { askShadowByMqtt } from '../shadows/shadows.ts'
import { isReserved, topicNameProblem } from '../topics/topic-name.ts'
import { answerOk, DataPlaneError } from './answer.ts'
import { readProperties } from './message-headers.ts'
import { authorize } from './operation.ts'
import { pathRest, queryBoolean, queryNumber } from './request.ts'

export function publishOperation(broker: Broker, request: AwsRequest, caller: Permissions): AwsResponse {
  const topic = pathRest(request.path, '/topics/')
  const retain = queryBoolean(request, 'retain') ?? false
  const problem =
    topicNameProblem(topic) ??
    // docs/aws-iot-core.md §2.4, §9.
    (isReserved(topic) && (retain || !(basicIngest(topic) ?? readShadowTopic(topic)))
      ? 'of the $ topics $aws/rules/ and the requests of shadows are published to, and nothing there is retained'
      : undefined)
  if (problem !== undefined)
    throw new DataPlaneError(
      'InvalidRequestException',
      `topic ${JSON.stringify(topic.slice(0, 300))}: ${problem}`,
    )
  checkPayload(request.body)
  authorize(caller, 'Publish', topic)
  if (retain) authorize(caller, 'RetainPublish', topic)
  const published: NewMessage = {
    topic,
    payload: request.body,
    qos: queryNumber(request, 'qos', 0, 1) === 1 ? 1 : 0,
    retain,
    properties: readProperties(request),
    expirySeconds: queryNumber(request, 'messageExpiry', 0, Number.MAX_SAFE_INTEGER),
  }
  const tooLarge = messageProblem(published)
  if (tooLarge !== undefined) throw new DataPlaneError('InvalidRequestException', tooLarge)
  const now = broker.settings.clock.now()
  const message = newMessage(published, now)
  const shadow = readShadowTopic(topic)
  if (shadow) askShadowByMqtt(broker, shadow, message, now)
  else if (publish(broker, message, now) === 'throttled')
    throw new DataPlaneError(
      'ThrottlingException',
      `the publish to ${topic} is over a quota (retained publishes a second and topic, or the account's rate): send it again later`,
    )
  return answerOk()
}

/** Throws when the payload is over 128 KB. */
export function checkPayload(payload: Uint8Array): void {
  if (payload.length > payloadBytesMax)
    throw new DataPlaneError(
      'RequestEntityTooLargeException',
      `the payload has ${payload.length} bytes; AWS takes ${payloadBytesMax}`,
    )
}
