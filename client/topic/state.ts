/**
 * A topic of kind `state`: the latest value wins, and an older one never overwrites a newer.
 *
 * @module
 */
import type { StateContract } from '../../topics/contract/contract.ts'
import { readStateMessage, type ReceivedState } from '../../topics/contract/message.ts'
import { comparePositions, type Position } from '../../topics/contract/sequence.ts'
import { callListeners } from './listeners.ts'
import { openTopic, type TopicHandle, type TopicOptions } from './open-topic.ts'
import type { TopicPorts } from './ports.ts'

export interface StateTopicOptions<Value> extends TopicOptions {
  /** Called with each newer value. In-between values may be skipped. */
  readonly onValue?: StateListener<Value>
  /** Called when the topic has no head: nothing was ever written to it. The first value follows by itself. */
  readonly onMissing?: () => void
}

export type StateListener<Value> = (value: Value, update: ReceivedState<Value>) => void

/**
 * A live value. Iterating it yields the current value, if there is one, and then each newer one the reader has time
 * for: a slow reader skips values, and nothing is buffered.
 */
export interface StateTopic<Value> extends AsyncIterable<Value, undefined>, TopicHandle {
  /** Undefined until the first value. */
  readonly current: Value | undefined
  /** Epoch and sequence of `current`. */
  readonly position: Position | undefined
  /** How long until the topic may speak again, ms, where its contract's pace is `auto`: `current` can be this old. */
  readonly paceMs: number | undefined
  /** True when the API said that the topic has no head. */
  readonly missing: boolean
  /** Calls `listener` with the current value, if there is one, and each newer one; the answer removes it. */
  on(listener: StateListener<Value>): () => void
}

/** Subscribes to a topic of kind `state`. Throws ClientError `CLOSED` after the client was closed. */
export function openState<Value>(
  ports: TopicPorts,
  contract: StateContract<string, Value>,
  topic: string,
  options: StateTopicOptions<Value>,
): StateTopic<Value> {
  const listeners = new Set<StateListener<Value>>(options.onValue ? [options.onValue] : [])
  let latest: ReceivedState<Value> | undefined
  let missing = false

  const open = openTopic(ports, contract, topic, options, {
    take(raw) {
      const received = readStateMessage(contract, raw)
      if ('problem' in received) {
        open.report(received)
        return false
      }
      const { message } = received
      missing = false
      if (!latest || comparePositions(message, latest) > 0) {
        latest = message
        callListeners(listeners, ports, topic, message.value, message)
        open.wake()
      }
      return true
    },
    missing() {
      // A value that came before still stands: the head may have been deleted, but nothing newer is known.
      missing = !latest
      if (missing && options.onMissing) callListeners([options.onMissing], ports, topic)
    },
  })

  return {
    ...open.handle,
    get current() {
      return latest?.value
    },
    get position() {
      return latest && { epoch: latest.epoch, sequence: latest.sequence }
    },
    get paceMs() {
      return latest?.paceMs
    },
    get missing() {
      return missing
    },
    on(listener) {
      listeners.add(listener)
      if (latest) callListeners([listener], ports, topic, latest.value, latest)
      return () => listeners.delete(listener)
    },
    [Symbol.asyncIterator]() {
      let seen: typeof latest
      return { next: () => open.next(() => (latest === seen ? undefined : (seen = latest))) }
    },
  }
}
