/**
 * A topic of kind `signal`: fire and forget, at most once, in no order.
 *
 * @module
 */
import { type SignalContract } from '../../topics/contract/contract.ts'
import {
  readSignalMessage,
  type ReceivedSignal,
  signalMessage,
} from '../../topics/contract/signal-message.ts'
import { validateNow } from '../../topics/contract/standard-schema.ts'
import { ClientError } from '../errors.ts'
import { isFailure, writeReasonCode } from '../mqtt/reason-codes.ts'
import { callListeners } from './listeners.ts'
import type { TopicHandle, TopicOptions } from './open-topic.ts'
import type { SignalPorts } from './ports.ts'

export interface SignalTopicOptions<Payload> extends TopicOptions {
  /** Called with each signal. With it, or with `on`, the topic is subscribed to; without, it only sends. */
  readonly onSignal?: SignalListener<Payload>
  /** Signals sent a second at most; the excess is dropped. Default: 10. A connection of AWS IoT Core may send 100. */
  readonly perSecond?: number
}

export type SignalListener<Payload> = (value: Payload, signal: ReceivedSignal<Payload>) => void

export interface SignalTopic<Payload> extends TopicHandle {
  /**
   * Sends, if there is a connection and the rate allows it: answers whether the broker took it. Nothing is kept for
   * later, because a signal is of now. Rejects with ClientError: `INVALID_VALUE`, or `PUBLISH_DENIED`, after which
   * nothing more is sent.
   */
  send(value: Payload): Promise<boolean>
  /** Calls `listener` with each signal from now on; the answer removes it. */
  on(listener: SignalListener<Payload>): () => void
}

/** The message's bytes. Throws ClientError `INVALID_VALUE` for a value that does not fit. */
export function encodeSignal<Payload>(
  { clock }: Pick<SignalPorts, 'clock'>,
  contract: SignalContract<string, Payload>,
  topic: string,
  value: Payload,
): Uint8Array {
  const issue = validateNow(contract.payload, value).issues?.[0]
  if (issue) throw new ClientError('INVALID_VALUE', `${topic}: ${issue.message}`)
  const head = { id: crypto.randomUUID(), topic, time: new Date(clock.now()).toISOString() }
  return new TextEncoder().encode(JSON.stringify(signalMessage(contract, head, value)))
}

/** The error for this reason code, or undefined for none and for a success. */
export const publishDenied = (topic: string, code: number | undefined): ClientError | undefined =>
  code !== undefined && isFailure(code)
    ? new ClientError('PUBLISH_DENIED', `publishing to ${topic} was denied with ${writeReasonCode(code)}`, {
        reasonCode: code,
      })
    : undefined

/** Opens a topic of kind `signal`, and subscribes when somebody listens. */
export function openSignal<Payload>(
  ports: SignalPorts,
  contract: SignalContract<string, Payload>,
  topic: string,
  { onSignal, onError, signal, perSecond = 10 }: SignalTopicOptions<Payload>,
): SignalTopic<Payload> {
  const { subscriptions, clock } = ports
  const listeners = new Set<SignalListener<Payload>>()
  let unsubscribe: (() => void) | undefined
  let denied: ClientError | undefined
  let ended = false
  const burst = Math.max(1, perSecond)
  /** Signals that may be sent now, and since when that is so. */
  let allowance = burst
  let at = clock.now()
  const member = { settled: () => true, close }
  ports.topics.add(member)

  function on(listener: SignalListener<Payload>): () => void {
    listeners.add(listener)
    if (!ended) {
      unsubscribe ??= subscriptions.add(topic, {
        message(raw) {
          const received = readSignalMessage(contract, raw)
          if ('message' in received) {
            callListeners(listeners, ports, topic, received.message.value, received.message)
          } else ports.onProblem({ code: received.code, topic, detail: received.problem })
        },
        subscribed() {},
        lost() {},
        failed(error) {
          if (onError) callListeners([onError], ports, topic, error)
        },
      })
    }
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return
      unsubscribe?.()
      unsubscribe = undefined
    }
  }

  async function send(value: Payload): Promise<boolean> {
    if (denied) throw denied
    const payload = encodeSignal(ports, contract, topic, value)
    const now = clock.now()
    allowance = Math.min(burst, allowance + (Math.max(0, now - at) * perSecond) / 1000)
    at = now
    const link = subscriptions.link()
    if (ended || !link || allowance < 1) return false
    allowance--
    const code = await link.publish({ topic, payload })
    denied = publishDenied(topic, code)
    if (denied) throw denied
    return code !== undefined
  }

  function close(): void {
    ended = true
    unsubscribe?.()
    listeners.clear()
    signal?.removeEventListener('abort', close)
    ports.topics.delete(member)
  }

  if (onSignal) on(onSignal)
  if (signal?.aborted) close()
  else signal?.addEventListener('abort', close)
  return { topic, send, on, close, [Symbol.asyncDispose]: async () => close() }
}
