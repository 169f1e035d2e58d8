/** The MQTT 5 properties of a request that carries a message. docs/aws-iot-core.md §7. */
import type { AwsRequest } from '../../aws.ts'
import type { MessageProperties } from '../message.ts'
import { topicNameProblem } from '../topics/topic-name.ts'
import { DataPlaneError } from './answer.ts'
import { checkTopic } from './message-checks.ts'
import { queryValue } from './request.ts'

const indicators = ['UNSPECIFIED_BYTES', 'UTF8_DATA']

/** From `contentType` and `responseTopic` in the query, and the `x-amz-mqtt5-…` headers. */
export function readProperties(request: AwsRequest): MessageProperties {
  const contentType = queryValue(request, 'contentType')
  const responseTopic = queryValue(request, 'responseTopic')
  const indicator = request.headers['x-amz-mqtt5-payload-format-indicator']
  const correlationData = request.headers['x-amz-mqtt5-correlation-data']
  const userProperties = request.headers['x-amz-mqtt5-user-properties']
  if (responseTopic !== undefined) checkTopic('responseTopic', responseTopic, topicNameProblem(responseTopic))
  if (indicator !== undefined && !indicators.includes(indicator))
    throw invalid(`payloadFormatIndicator is ${indicator.slice(0, 100)}; use ${indicators.join(' or ')}`)
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(indicator === undefined ? {} : { payloadFormatIndicator: indicator === 'UTF8_DATA' }),
    ...(correlationData === undefined
      ? {}
      : { correlationData: readBase64('correlationData', correlationData) }),
    ...(userProperties === undefined ? {} : { userProperties: readUserProperties(userProperties) }),
  }
}

function readBase64(name: string, text: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw invalid(`${name} is not base64: ${text.slice(0, 100)}`)
  return Buffer.from(text, 'base64')
}

/** Base64 of `[{"name":"value"}, …]`, in which a name may come again. */
function readUserProperties(base64: string): Record<string, string[]> {
  const properties: Record<string, string[]> = Object.create(null) as Record<string, string[]>
  let list: unknown
  try {
    list = JSON.parse(readBase64('userProperties', base64).toString())
  } catch (error) {
    if (error instanceof DataPlaneError) throw error
    // Only bad JSON fails, and the answer says so.
    list = undefined
  }
  if (!Array.isArray(list)) throw invalid('userProperties is not a JSON list of objects')
  for (const pair of list as unknown[])
    for (const [name, value] of Object.entries(pair ?? {})) {
      if (typeof value !== 'string') throw invalid(`userProperties: ${name} is not a string`)
      ;(properties[name] ??= []).push(value)
    }
  return properties
}

function invalid(message: string): DataPlaneError {
  return new DataPlaneError('InvalidRequestException', message)
}
