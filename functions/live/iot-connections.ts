import {
  DeleteConnectionCommand,
  IoTDataPlaneClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-iot-data-plane'

/** Ends connections by AWS IoT Core's data plane, at AWS_ENDPOINT_URL_IOT_DATA_PLANE. Answers whether there was one. */
export function iotConnections(): (clientId: string) => Promise<boolean> {
  const client = new IoTDataPlaneClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  })
  return async (clientId) => {
    try {
      // Nothing more is said in its name: no session, no Will.
      await client.send(
        new DeleteConnectionCommand({ clientId, cleanSession: true, preventWillMessage: true }),
      )
      return true
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return false
      throw error
    }
  }
}
