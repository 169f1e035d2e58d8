/** What AWS refuses of a message over HTTP. Each throws DataPlaneError. docs/aws-iot-core.md §2.2, §2.3, §7. */
import { payloadBytesMax } from '../limits.ts'
import { messageProblem, type NewMessage } from '../message.ts'
import type { Problem } from '../problem.ts'
import { DataPlaneError } from './answer.ts'

/** Throws when the payload is over 128 KB. */
export function checkPayload(payload: Uint8Array): void {
  if (payload.length > payloadBytesMax)
    throw new DataPlaneError(
      'RequestEntityTooLargeException',
      `the payload has ${payload.length} bytes; AWS takes ${payloadBytesMax}`,
      'payloadBytes',
    )
}

/** Throws when a property is over its size. */
export function checkMessage(published: NewMessage): void {
  const problem = messageProblem(published)
  if (problem) throw new DataPlaneError('InvalidRequestException', problem.message, problem.quota)
}

/** Throws for a topic that has this problem. `name` is that of the parameter. */
export function checkTopic(name: string, topic: string, problem: Problem | undefined): void {
  if (problem)
    throw new DataPlaneError(
      'InvalidRequestException',
      `${name} ${JSON.stringify(topic.slice(0, 300))}: ${problem.message}`,
      problem.quota,
    )
}
