/** Publish: `POST /topics/{topic}`. docs/aws-iot-core.md §7. */
import type { AwsRequest, AwsResponse } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import { type NewMessage, newMessage } from '../message.ts'
import type { Permissions } from '../policy/permissions.ts'
import { publish } from '../publish.ts'
import { noteExpiry } from '../quotas/checks.ts'
import { publishedTopicProblem } from '../topics/topic-name.ts'
import { answerOk, DataPlaneError } from './answer.ts'
import { readProperties } from './message-headers.ts'
import { checkMessage, checkPayload, checkTopic } from './message-checks.ts'
import { authorize } from './operation.ts'
import { pathRest, queryBoolean, queryNumber } from './request.ts'

export function publishOperation(broker: Broker, request: AwsRequest, caller: Permissions): AwsResponse {
  const topic = pathRest(request.path, '/topics/')
  const retain = queryBoolean(request, 'retain') ?? false
  checkTopic('topic', topic, publishedTopicProblem(topic, retain))
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
  checkMessage(published)
  const now = broker.settings.clock.now()
  noteExpiry(broker, published, now)
  if (publish(broker, newMessage(published, now), now) === 'throttled')
    throw new DataPlaneError(
      'ThrottlingException',
      `the publish to ${topic} is over a quota (retained publishes a second and topic, or the account's rate): send it again later`,
    )
  return answerOk()
}
