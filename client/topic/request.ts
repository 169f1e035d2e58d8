/**
 * Request and reply over MQTT 5's response topics; docs/parts.md, *Signal*.
 *
 * @module
 */
import type { SignalContract } from '../../topics/contract/contract.ts'
import { correlationBytes, readReplyMessage, replyTopicOf } from '../../topics/contract/signal-message.ts'
import type { BaseClient } from '../core.ts'
import { ClientError } from '../errors.ts'
import type { ClientStatus } from '../status.ts'
import type { SignalPorts } from './ports.ts'
import { encodeSignal, publishDenied } from './signal.ts'

export interface RequestOptions {
  /** Longest time for the answer, connecting included, ms. Default: 10000 */
  readonly timeoutMs?: number
  /** Gives up when aborted; the request may have been carried out. */
  readonly signal?: AbortSignal
}

/** Asks and waits for the answer. */
export type Request = <Payload, Reply>(
  contract: SignalContract<string, Payload, Reply>,
  topic: string,
  value: Payload,
  options: RequestOptions,
) => Promise<Reply>

/** Where answers are heard: on the first client ID of a session, over whichever of its two connections. */
interface ReplyTopic {
  readonly name: string
  /** Resolved once a link has it. */
  readonly granted: Promise<void>
  readonly remove: () => void
  /** Requests that wait, by their correlation data, its bytes joined. */
  readonly waiting: Map<string, (raw: unknown) => void>
}

/** Resolved once the client is connected. */
const connected = (client: BaseClient): Promise<void> =>
  new Promise((resolve) => {
    const look = ({ state, reason }: ClientStatus): void => {
      if (state === 'offline' || reason === 'connecting') return
      stop()
      resolve()
    }
    const stop = client.on('status', look)
    look(client.status)
  })

/** Requests of one client. */
export function createRequests(client: BaseClient, ports: () => SignalPorts): Request {
  let replies: ReplyTopic | undefined

  /** A session of another principal has another topic; the one before is kept for the answers still due on it. */
  function repliesOn(name: string, { subscriptions }: SignalPorts): ReplyTopic {
    if (replies?.name === name) return replies
    const before = replies
    if (before?.waiting.size === 0) before.remove()
    const waiting: ReplyTopic['waiting'] = new Map()
    let remove = (): void => {}
    const granted = new Promise<void>((resolve, reject) => {
      remove = subscriptions.add(name, {
        quiet: true,
        message: (raw, correlationData) => {
          if (correlationData) waiting.get(correlationData.join())?.(raw)
        },
        subscribed: resolve,
        lost() {},
        failed(error) {
          if (replies === made) replies = undefined
          reject(error)
        },
      })
    })
    // Who asks hears of it; nobody may be asking any more.
    granted.catch(() => {})
    const made: ReplyTopic = { name, granted, remove, waiting }
    replies = made
    return made
  }

  return async (contract, topic, value, { timeoutMs = 10_000, signal }) => {
    const at = ports()
    const { clock, subscriptions } = at
    const payload = encodeSignal(at, contract, topic, value)
    const correlationData = crypto.getRandomValues(new Uint8Array(correlationBytes))
    const key = correlationData.join()
    let end = (): void => {}

    const over = new Promise<never>((_, reject) => {
      const cancel = clock.after(timeoutMs, () =>
        reject(new ClientError('REQUEST_TIMEOUT', `no answer on ${topic} within ${timeoutMs} ms`)),
      )
      const aborted = (): void => reject(signal?.reason as Error)
      if (signal?.aborted) aborted()
      signal?.addEventListener('abort', aborted)
      end = () => {
        cancel()
        signal?.removeEventListener('abort', aborted)
      }
    })
    // It may be over while nothing is awaited.
    over.catch(() => {})
    const orOver = <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, over])

    try {
      // The reply comes to the connection's own session, whose client IDs are known once there is one.
      await orOver(connected(client))
      const session = await orOver(at.lastingSession())
      const reply = repliesOn(replyTopicOf(session.clientIds[0]), at)
      try {
        await orOver(reply.granted)
        const answered = new Promise<unknown>((resolve) => reply.waiting.set(key, resolve))
        const link = subscriptions.link()
        const request = { responseTopic: reply.name, correlationData }
        const code = await orOver(link ? link.publish({ topic, payload, request }) : over)
        const denied = publishDenied(topic, code)
        if (denied) throw denied
        // Cut before PUBACK: it may have arrived, and then its answer comes when the connection is back.
        const received = readReplyMessage(contract, await orOver(answered))
        if ('problem' in received) throw new ClientError('REQUEST_FAILED', `${topic}: ${received.problem}`)
        const { message } = received
        if ('reply' in message) return message.reply
        const { error } = message
        throw new ClientError('REQUEST_FAILED', `${topic}: ${error.code}: ${error.message}`, { cause: error })
      } finally {
        reply.waiting.delete(key)
        if (replies !== reply && reply.waiting.size === 0) reply.remove()
      }
    } finally {
      end()
    }
  }
}
