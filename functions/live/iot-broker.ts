import {
  GetRetainedMessageCommand,
  IoTDataPlaneClient,
  PublishCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-iot-data-plane'
import { messageContentType, readSequence } from '../../topics/contract/index.ts'
import { isThrottling } from '../platform/dynamodb.ts'
import type { Broker } from './publishing.ts'

/** AWS IoT Core's data plane, at AWS_ENDPOINT_URL_IOT_DATA_PLANE. */
export function iotBroker(): Broker {
  // One attempt: the SDK's own retry would come within the pace, and be refused or not retained.
  const client = new IoTDataPlaneClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  })
  return {
    async publish(topic, payload, { qos, retain }) {
      try {
        await client.send(
          new PublishCommand({
            topic,
            payload: Buffer.from(payload),
            qos,
            retain,
            contentType: messageContentType,
          }),
        )
        return 'taken'
      } catch (error) {
        if (isThrottling(error)) return 'refused'
        throw error
      }
    },
    async retained(topic) {
      try {
        const answer = await client.send(new GetRetainedMessageCommand({ topic }))
        return answer.payload && positionOf(Buffer.from(answer.payload).toString('utf8'))
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined
        throw error
      }
    },
  }
}

/** Epoch and sequence of a message; undefined for one that is none of ours, which the next publish replaces. */
function positionOf(payload: string): { epoch: string; sequence: number } | undefined {
  let message: unknown
  try {
    message = JSON.parse(payload)
  } catch {
    return undefined
  }
  if (typeof message !== 'object' || message === null) return undefined
  const { epoch, sequence: written } = message as { epoch?: unknown; sequence?: unknown }
  const sequence = readSequence(written)
  return typeof epoch === 'string' && sequence !== undefined ? { epoch, sequence } : undefined
}
