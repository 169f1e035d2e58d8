import {
  GetConnectionCommand,
  IoTDataPlaneClient,
  ListSubscriptionsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-iot-data-plane'
import type { Slot } from './presence-event.ts'
import type { FoundConnection } from './sweep.ts'
import type { WatchedTopics } from './watched-topics.ts'

/** Subscriptions of one answer: more than a connection may have, unless AWS has raised that. docs/aws-iot-core.md §7. */
const pageSize = 200

/**
 * Asks IoT Core's data plane (AWS_ENDPOINT_URL_IOT_DATA_PLANE) for a principal's connection, and which of the topics that
 * are counted it hears. Whether there is one says GetConnection: ListSubscriptions also answers for persistent sessions
 * whose client is away.
 */
export function iotConnectionLookup(
  watched: WatchedTopics,
): (principal: string, slot: Slot) => Promise<FoundConnection> {
  const client = new IoTDataPlaneClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  })
  return async (principal, slot) => {
    const clientId = `${principal}-${slot}`
    try {
      const { connected, connectedSince } = await client.send(new GetConnectionCommand({ clientId }))
      if (connected !== true) return undefined
      const { subscriptions = [] } = await client.send(
        new ListSubscriptionsCommand({ clientId, maxResults: pageSize }),
      )
      const topics = subscriptions.flatMap(({ topicFilter }) =>
        topicFilter !== undefined && watched(topicFilter) ? [topicFilter] : [],
      )
      return { since: connectedSince ?? 0, topics }
    } catch (error) {
      // It is gone, or went between the two.
      if (error instanceof ResourceNotFoundException) return undefined
      throw error
    }
  }
}
