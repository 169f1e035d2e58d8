import { broadcastTopic, type BroadcastPorts } from './broadcast-topic.ts'
import { type HeadChange, publishChanges } from './head-changes.ts'

/** Publishes states and feeds that changed, each at its own pace. Answers the records that have to come again. */
export function broadcast(
  changes: readonly HeadChange[],
  ports: BroadcastPorts,
  deadline: number,
): Promise<readonly string[]> {
  return publishChanges(changes, (topic) => broadcastTopic(topic, ports, deadline), ports, deadline)
}
