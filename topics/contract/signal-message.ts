/**
 * What nothing records: a signal, and the answer to one that is a request. CloudEvents without epoch and sequence;
 * docs/parts.md, *Signal*.
 *
 * @module
 */
import type { SignalContract } from './contract.ts'
import {
  checkEvent,
  checkValue,
  type EventEnvelope,
  messageSource,
  type Received,
  received,
  unfit,
} from './message.ts'

/** What topics of answers begin with. No contract's pattern does. */
export const repliesTopic = 'replies'

/** Where a client hears answers to its requests: `replies/<client ID>`. */
export function replyTopicOf(clientId: string): string {
  return `${repliesTopic}/${clientId}`
}

/** Bytes of correlation data in a request, random. */
export const correlationBytes = 16

export interface SignalMessage<Payload = unknown> extends EventEnvelope {
  readonly data: Payload
}

/** Why a request was not answered with a reply. */
export interface ReplyFault {
  /** Stable, in words with dashes. */
  readonly code: string
  /** For people. */
  readonly message: string
}

export type ReplyMessage<Reply = unknown> = EventEnvelope &
  ({ readonly data: Reply } | { readonly error: ReplyFault })

/** Where a signal or a reply goes, and what makes it one of its kind. */
export interface SignalHead {
  /** Random; the sender's. */
  readonly id: string
  readonly topic: string
  /** RFC 3339. */
  readonly time: string
}

/** The message that carries a signal. */
export function signalMessage<Payload>(
  contract: SignalContract<string, Payload>,
  head: SignalHead,
  data: Payload,
): SignalMessage<Payload> {
  return { ...envelope(contract, contract.type, head), data }
}

/** The message that answers a request, on the response topic of its publish. */
export function replyMessage<Payload, Reply>(
  contract: SignalContract<string, Payload, Reply>,
  head: SignalHead,
  answer: { readonly reply: Reply } | { readonly error: ReplyFault },
): ReplyMessage<Reply> {
  const common = envelope(contract, `${contract.type}.replied`, head)
  return 'reply' in answer ? { ...common, data: answer.reply } : { ...common, error: answer.error }
}

function envelope(
  { version }: { readonly version: number },
  type: string,
  { id, topic, time }: SignalHead,
): EventEnvelope {
  return {
    specversion: '1.0',
    id,
    source: messageSource,
    type,
    time,
    subject: topic,
    datacontenttype: 'application/json',
    version,
  }
}

/** A signal as its receiver uses it. */
export interface ReceivedSignal<Payload> {
  readonly id: string
  readonly time: string
  readonly value: Payload
}

/** Reads a signal. Unknown fields are ignored; what does not fit the contract comes back as a problem. */
export function readSignalMessage<Payload>(
  contract: SignalContract<string, Payload>,
  raw: unknown,
): Received<ReceivedSignal<Payload>> {
  return received(() => {
    const { id, time, data } = checkEvent(contract, raw)
    if (typeof id !== 'string' || id === '') return unfit('id is no text')
    return { id, time, value: checkValue(contract.topic, contract.payload, data) }
  })
}

/** The reply to a request, or why there is none. */
export type ReceivedReply<Reply> = { readonly reply: Reply } | { readonly error: ReplyFault }

/** Reads the answer to a request, likewise. */
export function readReplyMessage<Payload, Reply>(
  contract: SignalContract<string, Payload, Reply>,
  raw: unknown,
): Received<ReceivedReply<Reply>> {
  return received(() => {
    const { error, data } = checkEvent(contract, raw)
    if (error !== undefined) {
      const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
      if (typeof code === 'string' && typeof message === 'string') return { error: { code, message } }
      return unfit('error has no code and message')
    }
    if (!contract.reply) return unfit(`${contract.topic} has no reply`)
    return { reply: checkValue(contract.topic, contract.reply, data) }
  })
}
