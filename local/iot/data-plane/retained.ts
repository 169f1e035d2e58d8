/** GetRetainedMessage and ListRetainedMessages. docs/aws-iot-core.md §7. */
import type { AwsRequest, AwsResponse } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import type { MessageProperties } from '../message.ts'
import type { Permissions } from '../policy/permissions.ts'
import { answer, DataPlaneError } from './answer.ts'
import { authorize } from './operation.ts'
import { pathRest, queryNumber, readNextToken, writeNextToken } from './request.ts'

const listMax = 200

export function getRetainedMessage(broker: Broker, request: AwsRequest, caller: Permissions): AwsResponse {
  const topic = pathRest(request.path, '/retainedMessage/')
  authorize(caller, 'GetRetainedMessage', topic)
  const retained = broker.retained.get(topic, broker.settings.clock.now())
  if (!retained) throw new DataPlaneError('ResourceNotFoundException', `no retained message on ${topic}`)
  const { payload, qos, properties } = retained.message
  const userProperties = writeUserProperties(properties)
  return answer({
    topic,
    payload: payload.toString('base64'),
    qos,
    lastModifiedTime: retained.lastModifiedAt,
    ...(userProperties === undefined ? {} : { userProperties }),
  })
}

export function listRetainedMessages(broker: Broker, request: AwsRequest, caller: Permissions): AwsResponse {
  authorize(caller, 'ListRetainedMessages', '*')
  const limit = queryNumber(request, 'maxResults', 1, listMax) ?? listMax
  const after = readNextToken(request)
  const found = broker.retained.list(after, limit, broker.settings.clock.now())
  const last = found.length === limit ? found.at(-1) : undefined
  return answer({
    retainedTopics: found.map(({ topic, payloadBytes, qos, lastModifiedAt }) => ({
      topic,
      payloadSize: payloadBytes,
      qos,
      lastModifiedTime: lastModifiedAt,
    })),
    ...writeNextToken(last?.topic),
  })
}

function writeUserProperties({ userProperties }: MessageProperties): string | undefined {
  if (!userProperties) return undefined
  const pairs = Object.entries(userProperties).flatMap(([name, values]) =>
    (typeof values === 'string' ? [values] : values).map((value) => ({ [name]: value })),
  )
  return Buffer.from(JSON.stringify(pairs)).toString('base64')
}
