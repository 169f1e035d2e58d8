/**
 * What may be told of a dead letter without telling whom it is about: when it was sent, how often it was tried, why it
 * lies there, and which event it is.
 *
 * @module
 */
import type { Message } from '@aws-sdk/client-sqs'

/** A dead letter, for the eye. */
export interface Described {
  readonly messageId: string
  /** ms since it was first sent. */
  readonly ageMs: number
  readonly reason: string
  /** `contact.received 01J…`, when the body is an event. */
  readonly event: string | undefined
}

/** The message attribute in which a function says why it set a message aside. */
export const reasonAttribute = 'reason'

/** Describes a message; `now` in ms since 1970. */
export function describeMessage(message: Message, now: number): Described {
  const sentAt = Number(message.Attributes?.SentTimestamp ?? now)
  const body = readObject(message.Body ?? '')
  return {
    messageId: message.MessageId ?? '',
    ageMs: Math.max(0, now - sentAt),
    reason: printable(withoutAddresses(reasonOf(message, body))),
    event: eventOf(body),
  }
}

function reasonOf(message: Message, body: Readonly<Record<string, unknown>>): string {
  const told = message.MessageAttributes?.[reasonAttribute]?.StringValue
  if (told !== undefined) return told
  // What Lambda tells an on-failure destination of a stream's batch.
  const { condition, approximateInvokeCount } = readRecord(body['requestContext'])
  if (typeof condition === 'string') return `${condition} after ${Number(approximateInvokeCount)} invocations`
  if (typeof body['problem'] === 'string') return body['problem']
  // SQS counts this receive as well.
  const receives = Number(message.Attributes?.ApproximateReceiveCount ?? 1) - 1
  return receives > 0 ? `received ${receives} times and never done` : 'not told'
}

function eventOf({ type, id }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof type !== 'string' || typeof id !== 'string') return undefined
  return printable(`${type} ${id}`.slice(0, 160))
}

/** 90 s as `2 min`: one unit, rounded, for people. */
export function formatAge(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`
  if (seconds < 2 * 86_400) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}

/** Somebody else wrote it: no control character of theirs reaches the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '\uFFFD')
}

/** SES quotes the address that it refuses. Its domain may say what is wrong; who it is stays untold. */
function withoutAddresses(text: string): string {
  return text.replaceAll(/[^\s@:<>"'(),;]+@/g, '…@')
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return readRecord(JSON.parse(text))
  } catch {
    // A dead letter need not be JSON: that may be why it is one.
    return {}
  }
}

const readRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
