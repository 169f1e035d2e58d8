import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane'
import { messageContentType } from '../../../topics/contract/message.ts'
import type { AnswerBrowser } from './signal-worker.ts'

/**
 * Answers over AWS IoT Core, at AWS_ENDPOINT_URL_IOT_DATA_PLANE. The function's permission is iot:Publish on
 * `topics of the replies`.
 */
export function iotAnswers(): AnswerBrowser {
  const client = new IoTDataPlaneClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  })
  return async ({ topic, payload, correlationData }) => {
    await client.send(
      new PublishCommand({
        topic,
        payload: Buffer.from(payload),
        qos: 0,
        contentType: messageContentType,
        correlationData,
      }),
    )
  }
}
