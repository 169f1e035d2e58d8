/**
 * A topic of kind `state`: the latest value wins, and an older one never overwrites a newer.
 *
 * @module
 */
import type { StateContract } from '../../topics/contract/contract.ts'
import { readStateMessage, type ReceivedState } from '../../topics/contract/message.ts'
import { comparePositions, type Position } from '../../topics/contract/sequence.ts'
import { type ClientError } from '../errors.ts'
import { createHeadWait } from './head-wait.ts'
import { callListeners } from './listeners.ts'
import type { TopicPorts } from './ports.ts'

export interface StateTopicOptions<Value> {
  /** Called with each newer value. In-between values may be skipped. */
  readonly onValue?: StateListener<Value>
  /** Called when the topic has no head: nothing was ever written to it. The first value follows by itself. */
  readonly onMissing?: () => void
  /** Called once if the broker denies the topic. Iteration throws the same error. */
  readonly onError?: (error: ClientError) => void
  /** Closes the topic when aborted. */
  readonly signal?: AbortSignal
}

export type StateListener<Value> = (value: Value, update: ReceivedState<Value>) => void

/** A live value. Iterating it yields the current value, if there is one, and then each newer one the reader has time for. */
export interface StateTopic<Value> extends AsyncIterable<Value, undefined>, AsyncDisposable {
  readonly topic: string
  /** Undefined until the first value. */
  readonly current: Value | undefined
  /** Epoch and sequence of `current`. */
  readonly position: Position | undefined
  /** True when the API said that the topic has no head. */
  readonly missing: boolean
  /** Calls `listener` with the current value, if there is one, and each newer one; the answer removes it. */
  on(listener: StateListener<Value>): () => void
  /** Ends the subscription and every iteration. */
  close(): void
}

/** A state as the client holds it: `settled` is false while the value shown may be old. */
export interface OpenState<Value> {
  readonly handle: StateTopic<Value>
  readonly settled: () => boolean
}

/** Subscribes to a topic of kind `state`. `closed` is called when it ends. */
export function openState<Value>(
  ports: TopicPorts,
  contract: StateContract<string, Value>,
  topic: string,
  options: StateTopicOptions<Value>,
  closed: () => void,
): OpenState<Value> {
  const listeners = new Set<StateListener<Value>>(options.onValue ? [options.onValue] : [])
  const readers = new Set<() => void>()
  let latest: ReceivedState<Value> | undefined
  let missing = false
  let settled = false
  let ended = false
  let error: ClientError | undefined

  const headWait = createHeadWait(ports, contract, topic, (raw) => {
    if (raw === undefined) {
      // A value that came before still stands: the head may have been deleted, but nothing newer is known.
      missing = latest === undefined
      settle(true)
      if (missing) options.onMissing?.()
    } else take(raw)
  })
  const remove = ports.subscriptions.add(topic, {
    message: take,
    subscribed() {
      // The retained message may have come together with the SUBACK, and then it is here already.
      if (!settled) headWait.begin()
    },
    lost() {
      headWait.end()
      settle(false)
    },
    failed(denied) {
      error = denied
      close()
      options.onError?.(denied)
    },
  })

  function take(raw: unknown): void {
    const received = readStateMessage(contract, raw)
    if ('problem' in received) {
      ports.onProblem({ code: 'unfit-message', topic, detail: received.problem })
      return
    }
    const { message } = received
    headWait.end()
    missing = false
    settle(true)
    if (latest && comparePositions(message, latest) <= 0) return
    latest = message
    callListeners(listeners, ports, topic, message.value, message)
    wakeReaders()
  }

  function settle(now: boolean): void {
    if (settled === now) return
    settled = now
    ports.changed()
  }

  function wakeReaders(): void {
    for (const wake of readers) wake()
    readers.clear()
  }

  function close(): void {
    if (ended) return
    ended = true
    headWait.end()
    remove()
    options.signal?.removeEventListener('abort', close)
    wakeReaders()
    closed()
  }

  async function* iterate(): AsyncGenerator<Value, undefined> {
    let seen: Position | undefined
    for (;;) {
      if (latest && latest !== seen && !ended) {
        seen = latest
        yield latest.value
      } else if (error) throw error
      else if (ended) return
      else await new Promise<void>((resolve) => readers.add(resolve))
    }
  }

  if (options.signal?.aborted) close()
  else options.signal?.addEventListener('abort', close)

  const handle: StateTopic<Value> = {
    topic,
    get current() {
      return latest?.value
    },
    get position() {
      return latest && { epoch: latest.epoch, sequence: latest.sequence }
    },
    get missing() {
      return missing
    },
    on(listener) {
      listeners.add(listener)
      if (latest) callListeners([listener], ports, topic, latest.value, latest)
      return () => listeners.delete(listener)
    },
    close,
    [Symbol.asyncIterator]: iterate,
    [Symbol.asyncDispose]() {
      close()
      return Promise.resolve()
    },
  }
  return { handle, settled: () => settled }
}
