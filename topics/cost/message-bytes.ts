/**
 * How large a contract's messages are: the envelope, and what it carries at the most.
 *
 * @module
 */
import { payloadBytesMax } from '../contract/aws-limits.ts'
import type { TopicContract } from '../contract/contract.ts'
import { messageContentType } from '../contract/message.ts'
import { feedMessage, inboxMessage, type MessageHead, stateMessage } from '../contract/write-message.ts'
import { parsePattern } from '../contract/pattern.ts'
import { jsonSchemaOf, type JsonSchema } from '../json-schema/json-schema.ts'
import { type Largest, largestJson } from '../json-schema/largest.ts'
import type { StandardSchema } from '../contract/standard-schema.ts'

/** The schema of what a contract carries: a state's value, one entry, one item, a signal's payload. */
export function carriedSchema(contract: TopicContract): StandardSchema {
  if (contract.kind === 'feed') return contract.entry
  if (contract.kind === 'inbox') return contract.item
  return contract.payload
}

/** The longest topic name of a pattern. */
function longestTopic(pattern: string): string {
  return parsePattern(pattern)
    .map(({ literal }) => literal ?? 'x'.repeat(64))
    .join('/')
}

/** Bytes of a message as AWS meters them besides what it carries: topic name, content type and the envelope. */
function envelopeBytes(contract: TopicContract): number {
  const topic = longestTopic(contract.topic)
  const head = {
    topic,
    epoch: '0'.repeat(26),
    sequence: Number.MAX_SAFE_INTEGER,
    time: '2026-11-21T20:15:00.000Z',
    unread: 1000,
    ...(contract.kind !== 'signal' && contract.pace === 'auto' ? { paceMs: 3_600_000 } : {}),
  } satisfies MessageHead & { unread: number }
  return (
    Buffer.byteLength(JSON.stringify(emptyMessage(contract, head))) +
    Buffer.byteLength(topic) +
    Buffer.byteLength(messageContentType)
  )
}

function emptyMessage(contract: TopicContract, head: MessageHead & { readonly unread: number }): unknown {
  // What an entry stands in: `{"value":…}`, which counts as the envelope's.
  const entry = { value: 0 }
  const before = head.sequence - 10
  if (contract.kind === 'feed') return feedMessage(contract, head, [entry], before)
  if (contract.kind === 'inbox') return inboxMessage(contract, head, [entry], before)
  if (contract.kind === 'state') return stateMessage(contract, head, 0)
  const {
    epoch: _epoch,
    sequence: _sequence,
    ...signal
  } = stateMessage(
    { ...contract, kind: 'state', paceSeconds: 1, pace: 'fixed' },
    { ...head, epoch: '0'.repeat(20) },
    0,
  )
  return signal
}

export interface MessageBound {
  readonly schema: JsonSchema
  readonly carried: Largest
  readonly envelope: number
  /** Bytes of a message with one value, as AWS meters them; a lower bound while something is unbounded. */
  readonly bytes: number
}

const known = new WeakMap<TopicContract, MessageBound | { readonly problem: string }>()

/** The bound of a contract's message with one value or entry, or why there is none. */
export function messageBound(contract: TopicContract): MessageBound | { readonly problem: string } {
  const found = known.get(contract)
  if (found) return found
  const made = makeBound(contract)
  known.set(contract, made)
  return made
}

function makeBound(contract: TopicContract): MessageBound | { readonly problem: string } {
  const described = jsonSchemaOf(carriedSchema(contract))
  if ('problem' in described) return described
  const carried = largestJson(described.schema)
  const envelope = envelopeBytes(contract)
  return { schema: described.schema, carried, envelope, bytes: envelope + carried.bytes }
}

/**
 * Bytes that one message of a contract is reckoned with: at the most what its schema allows, on a feed as many entries as
 * come in a pace, and never more than `maxBytes`.
 */
export function reckonedBytes(contract: TopicContract, changesPerMessage: number): number {
  const bound = messageBound(contract)
  if ('problem' in bound || bound.carried.unbounded.length > 0) return contract.maxBytes
  const logged = contract.kind === 'feed' || contract.kind === 'inbox'
  const entries = logged ? Math.max(1, Math.ceil(changesPerMessage)) : 1
  const bytes = bound.envelope + entries * (bound.carried.bytes + (logged ? '{"value":},'.length : 0))
  return Math.min(bytes, contract.maxBytes, payloadBytesMax)
}
