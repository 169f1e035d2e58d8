import { failure } from '../errors.ts'
import type { TopicPorts } from './ports.ts'

/** Calls each listener. One that throws is reported and does not keep the others, or the connection, from going on. */
export function callListeners<Arguments extends readonly unknown[]>(
  listeners: Iterable<(...args: Arguments) => void>,
  ports: Pick<TopicPorts, 'onProblem'>,
  topic: string,
  ...args: Arguments
): void {
  for (const listener of listeners) {
    try {
      listener(...args)
    } catch (cause) {
      ports.onProblem(failure('listener-failed', topic, cause))
    }
  }
}
