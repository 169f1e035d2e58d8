/**
 * After a subscription is granted its retained message should come. When it does not, the head is read by HTTP, with
 * back-off while that fails.
 *
 * @module
 */
import type { TopicContract } from '../../topics/contract/contract.ts'
import { backoffMs } from '../connection/backoff.ts'
import { describeError } from '../errors.ts'
import type { TopicPorts } from './ports.ts'

export interface HeadWait {
  /** The topic was granted: a message is due. */
  begin(): void
  /** A message came, or none can: no need to ask. */
  end(): void
}

/** `found` gets the head as a message, or undefined when the topic has none. */
export function createHeadWait(
  ports: TopicPorts,
  contract: TopicContract,
  topic: string,
  found: (raw: unknown) => void,
): HeadWait {
  /** Each wait has a number, so that an answer to one that ended is dropped. */
  let current = 0
  let cancel = (): void => {}

  function wait(number: number, ms: number, failures: number): void {
    cancel = ports.clock.after(ms, () => void read(number, failures))
  }

  async function read(number: number, failures: number): Promise<void> {
    try {
      const raw = await ports.history.readHead(contract, topic)
      if (number !== current) return
      current++
      found(raw)
    } catch (cause) {
      if (number !== current) return
      ports.onProblem({ code: 'read-failed', topic, detail: describeError(cause), cause })
      wait(number, backoffMs(failures, ports, ports.random), failures + 1)
    }
  }

  function end(): void {
    current++
    cancel()
  }

  return {
    begin() {
      end()
      wait(current, ports.headWaitMs, 0)
    },
    end,
  }
}
