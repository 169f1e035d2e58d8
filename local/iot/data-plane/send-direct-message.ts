/**
 * SendDirectMessage: `POST /connections/{clientId}/messages`, to one connected client, whatever it subscribed to.
 * docs/aws-iot-core.md §7.
 *
 * @module
 */
import type { AwsRequest, AwsResponse } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import { sendAtMostOnce } from '../deliver.ts'
import { type NewMessage, newMessage } from '../message.ts'
import type { Client } from '../model.ts'
import type { Permissions } from '../policy/permissions.ts'
import { mayPublishOrReceive } from '../quotas/checks.ts'
import { sendAtLeastOnce } from '../session/outbound.ts'
import { isReserved, topicNameProblem } from '../topics/topic-name.ts'
import { DeliveryEncoder } from '../wire/encode-delivery.ts'
import { answerOk, DataPlaneError } from './answer.ts'
import { clientIdOf } from './connections.ts'
import { checkMessage, checkPayload, checkTopic } from './message-checks.ts'
import { readProperties } from './message-headers.ts'
import { authorize, takeRate } from './operation.ts'
import { queryBoolean, queryNumber, queryValue } from './request.ts'

/** Seconds that the caller waits for the PUBACK, when it wants a confirmation. */
const timeoutSeconds = { min: 1, max: 15, default: 5 }

/** Resolves when the message was sent, or with `confirmation` when it was acknowledged. */
export function sendDirectMessage(
  broker: Broker,
  request: AwsRequest,
  caller: Permissions,
): AwsResponse | Promise<AwsResponse> {
  const clientId = clientIdOf(request)
  const topic = readTopic(request)
  checkPayload(request.body)
  const confirmation = queryBoolean(request, 'confirmation') ?? false
  const { min, max } = timeoutSeconds
  const patience = queryNumber(request, 'timeout', min, max) ?? timeoutSeconds.default
  authorize(caller, 'SendDirectMessage', clientId, { 'iot:Topic': [topic] })
  takeRate(broker, 'sendDirectMessage')
  const direct: NewMessage = {
    topic,
    payload: request.body,
    qos: confirmation ? 1 : 0,
    properties: readProperties(request),
  }
  checkMessage(direct)
  const client = broker.sessions.get(clientId)?.client
  if (!client) throw new DataPlaneError('ResourceNotFoundException', `client ${clientId} is not connected`)
  if (!client.permissions.mayReceive(topic))
    throw new DataPlaneError(
      'ForbiddenException',
      `the receiver, ${client.permissions.principal}, may not iot:Receive on ${topic}`,
    )
  const now = broker.settings.clock.now()
  if (!mayPublishOrReceive(broker, client, now, request.body.length))
    throw new DataPlaneError(
      'ThrottlingException',
      `client ${clientId} is over its publishes a second, in and out together: send it again later`,
    )
  const message = newMessage(direct, now)
  broker.meter.publishIn += message.units
  if (confirmation) return confirmed(broker, client, message, now, patience)
  sendAtMostOnce(broker, client, message, new DeliveryEncoder(message, now), false)
  return answerOk()
}

function confirmed(
  broker: Broker,
  client: Client,
  message: ReturnType<typeof newMessage>,
  now: number,
  patienceSeconds: number,
): Promise<AwsResponse> {
  return new Promise((resolve, reject) => {
    const cancel = broker.settings.clock.after(patienceSeconds * 1000, () => {
      reject(
        new DataPlaneError(
          'GatewayTimeoutException',
          `client ${client.session.clientId} sent no PUBACK within ${patienceSeconds} s`,
        ),
      )
    })
    const onAcknowledged = (): void => {
      cancel()
      resolve(answerOk())
    }
    const encoder = new DeliveryEncoder(message, now)
    sendAtLeastOnce(broker, client, { message, retain: false, onAcknowledged }, encoder, now)
  })
}

function readTopic(request: AwsRequest): string {
  const topic = queryValue(request, 'topic') ?? ''
  const problem = topicNameProblem(topic) ?? (isReserved(topic) ? { message: 'it begins with $' } : undefined)
  checkTopic('topic', topic, problem)
  return topic
}
